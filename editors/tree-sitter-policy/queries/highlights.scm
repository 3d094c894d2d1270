; Made by editors/make.py from grammar/policy.lark and grammar/tokens.json.

(name) @variable
(comment) @comment
(string) @string
[(number) (percent) (factor)] @number
(date) @number
["{" "}" "(" ")"] @punctuation.bracket
["," "." ".." ":"] @punctuation.delimiter

[
  "FLOP" "business"
] @constant.builtin

[
  "across" "after" "as" "at" "attempts" "before" "by" "due" "effective_compute" "every" "except" "no"
  "of" "on" "only" "to" "until" "valid" "within"
] @keyword

[
  "action" "amend" "attribute" "case" "category" "changes" "clause" "control" "define" "duty"
  "evaluate" "event" "exception" "invariant" "levels" "measure" "parameter" "policy" "role" "rule"
  "set" "situation" "stage" "test" "use"
] @keyword

[
  "advised" "anytime" "registered" "stricter" (undefined) (unstaged) "unstaged"
] @constant.builtin

[
  (all_of) "all" "and" (any_of) "least" "not" "or"
] @keyword.operator

[
  "always" "expect" "forbid" "given" "may" (monotone) "never" "notify" "require" "requires" "veto"
  "when"
] @keyword.control

[
  "approved" "assessed" "attested" "cites" "confidence" "effective" "encoded" "extends" "force" "from"
  "holds" "interpretation" "margin" "metric" "needs" "runs" "score" "source" "strength" "unit"
  "version" "waivable" "worse"
] @keyword

[
  (claim_word) (direction_word) (force_word) (score_word) (strength_word) (treatment_word) (unit_word)
  (worse_word)
] @constant.builtin

[
  (approval_word) (fact_word)
] @constant.builtin

[
  (outcome_word)
] @keyword

[
  (every_beyond_word)
] @keyword

[
  (time_unit_word)
] @constant.builtin

[
  (state_word) (verdict_word)
] @constant.builtin

[
  "!=" "*" "+" "-" "/" "<" "<=" "=" ">" ">="
] @operator

; words that mean another thing here than where they begin a declaration or a field

(quantified "category" @keyword.operator)
(given_all "category" @keyword.operator)
(at_least "at" @keyword.operator)
(some_controls "at" @keyword.operator)
(veto ["may" "veto"] @keyword.control)

; names, by what they are names of

(path (name) @function)
(policy name: (name) @type)
(levels name: (name) @type)
(levels (name) @constant)
(levels name: (name) @type)
(stage name: (name) @type)
(role name: (name) @type)
(attribute name: (name) @type)
(parameter name: (name) @type)
(event name: (name) @type)
(control name: (name) @type)
(measure name: (name) @type)
(category name: (name) @type)
(define name: (name) @type)
(rule name: (name) @type)
(exception name: (name) @type)
(duty name: (name) @type)
(clause name: (name) @type)
(invariant name: (name) @type)
(situation name: (name) @type)

(type_name (name) @type)
((type_name (name) @type.builtin) (#match? @type.builtin "^(compute|count|duration|factor|finding|rate|score|text|yes_no)$"))
(control ":" . (name) @type)
(category ":" . (name) @type)

(level_clause . (name) @constant)
(quantified (name) @constant .)
(quantified "." . (name) @property)
(control_need ">=" (name) @constant)
(at_level (name) @constant)
(given_level "at" . (name) @constant)
(given_all "at" . (name) @constant)
(given_all "." . (name) @property)
(expect_level "at" . (name) @constant)
(expect_level ".." . (name) @constant)
(value (name) @constant)
((value (name) @constant.builtin) (#match? @constant.builtin "^(no|yes)$"))
(reference "." (name) @property)
(given_value (path (name) @variable))
(given_value (path (name) "." (name) @property))
(given_level (path (name) @variable))
(given_level (path (name) "." (name) @property))
(expect_level (path (name) @variable))
(expect_level (path (name) "." (name) @property))

(approved (name) @variable.parameter)
(attested (name) @variable.parameter)
(assessed (name) @variable.parameter)
(waivable (name) @variable.parameter)
(approval (names (name) @variable.parameter))
(quorum (names (name) @variable.parameter))
(notify (names (name) @variable.parameter))
(veto (names (name) @variable.parameter))
(by (name) @variable.parameter)
(to (names (name) @variable.parameter))
(to_role (name) @variable.parameter)
(amend_need (name) @variable.parameter)
