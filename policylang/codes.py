"""Every code we say once: its title, and the page that `policyc explain CODE` prints.

P1xx is about the text of a policy, P2xx about names, P3xx about kinds and units, P4xx about what cannot work,
P5xx about tests that stand in a policy,
E1xx about evidence files, E2xx about evidence against a policy, E3xx about logs of eval tools,
E4xx about the files of a model, E5xx about measuring models, C1xx about calls.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means: a title of one line, and a page of a few sentences with an example."""

    title: str
    page: str


CODES: dict[str, Code] = {
    # The text of a policy
    "P101": Code(
        "a word or sign stands where it cannot",
        "The text stops being a policy here; the help lists what could stand in this place.\n"
        "Often the fault is just before: a missing `when`, a comma too many, a `}` that closes too early.\n\n"
        "    rule ceiling { any category >= high forbid deploy }       # wrong: `when` is missing\n"
        "    rule ceiling { when any category >= high forbid deploy }",
    ),
    "P102": Code(
        "the text ends inside a declaration",
        "A `{` or `(` is never closed, or the last declaration is cut off.\n\n"
        "    rule ceiling { forbid deploy        # wrong: `}` is missing",
    ),
    "P103": Code(
        "a character that no policy contains",
        "Outside strings and comments a policy is ASCII: names, numbers and signs.\n"
        "Signs that word processors put in are refused rather than guessed: write `>=` for `≥`, `-` for a dash, "
        "straight quotes.",
    ),
    "P104": Code(
        "a string that is not closed or has a wrong escape",
        'A string stands in double quotes on one line. Inside it `\\"`, `\\\\`, `\\n` and `\\t` are escapes.\n\n'
        '    cites "page 20        # wrong: the closing quote is missing',
    ),
    "P105": Code(
        "a hidden character",
        "Characters that change the direction of text, have no width, or control a terminal can make a policy read\n"
        "differently from what it says. They are refused everywhere in a policy, also in strings and comments.",
    ),
    "P106": Code(
        "a field stands twice in one block",
        "Fields such as `when`, `strength` or `version` may stand once in a block; nothing says which of two "
        "would count.\n\n"
        '    policy p { version "1" version "2" }       # wrong',
    ),
    "P107": Code(
        "nested too deep",
        "Conditions may be nested 64 deep. Give parts of a deeper one names with `define`.",
    ),
    "P108": Code(
        "a number that cannot be used",
        "Numbers are exact: up to 18 digits and an exponent between -12 and 12 (40 for `FLOP`).\n"
        "Counts are whole numbers from 1, and a confidence lies between 50 % and 100 %.\n\n"
        "    confidence 95      # wrong: this is 9500 %\n"
        "    confidence 95%",
    ),
    "P109": Code("a name that is too long", "A name may have 128 characters."),
    "P110": Code(
        "a date that is not in the calendar",
        "Dates are written `2026-10-20`, instants `2026-10-20T09:00:00Z` in UTC.",
    ),
    "P111": Code(
        "a declaration that says nothing",
        "A rule without an effect, a control that nothing can show, a duty without a role or a clock, an exception\n"
        "without a condition or requirement, a category without a way to reach a level: they would look like "
        "protection and be none.\n\n"
        "    control refusals                                        # wrong\n"
        "    control refusals { attested by head_of_security }\n"
        "    control refusals { undefined }                          # named by the framework, never defined: "
        "never holds",
    ),
    "P112": Code(
        "no policy in the file",
        "A policy file has one `policy NAME { … }` header; a Markdown policy has its text in fenced blocks "
        "marked `policy`.",
    ),
    "P113": Code(
        "a file or text over the limits",
        "A policy file may have 1 MiB, everything a policy takes in with `use` and `extends` 16 MiB, in UTF-8.\n"
        "Together they may have 50000 words and signs, which is some 8000 lines, and be 100 files.",
    ),
    "P114": Code(
        "a policy that is too large to judge in time",
        "What it takes to decide is a product: rules by actions by what a rule rests on, categories by stages by\n"
        "levels. It is counted before it is done. A ladder may have 64 levels, a requirement 100 roles or\n"
        "controls, all conditions together 100000 parts, those of categories at every stage and level; and\n"
        "explaining every rule for every action it bears on may take 1000000 steps. A real framework needs a\n"
        "hundredth of that.",
    ),
    # Names
    "P201": Code(
        "a name that nothing declares",
        "What a policy mentions it declares: stages, actions, roles, controls, measures, events, rules.\n"
        "The help shows the nearest name of the kind that is wanted here.",
    ),
    "P202": Code(
        "a name declared twice",
        "Names are unique within their kind; measures, categories, controls, events, definitions and "
        "parameters, which\n"
        "conditions may mention, share one namespace.",
    ),
    "P203": Code(
        "a name of another kind",
        "The name is declared, but not as what is wanted here: a control where a role should stand, a rule "
        "where a control should.",
    ),
    "P204": Code(
        "a level of another ladder",
        "Levels are compared within their own ladder.\n\n"
        "    levels risk: low < medium < high\n"
        "    rule r { when cbrn.pre_mitigation >= sl3  forbid deploy }     # wrong: `sl3` is not a level of `risk`",
    ),
    "P205": Code(
        "a stage is missing or stands where there is none",
        "In a policy with stages a staged measure or a category has a value for each stage, so a condition says "
        "which:\n"
        "`ctf.post_mitigation`. Inside a category a measure stands for its value at the stage being judged.\n"
        "Measures marked `unstaged`, controls, events and definitions have no stage.",
    ),
    "P206": Code(
        "a file that cannot be taken in",
        "`use` and `extends` name a file relative to the one they stand in. It must exist, be a policy, and not "
        "take itself in.",
    ),
    "P207": Code(
        "a file of tests that holds more than tests",
        "`acme.test.policy` beside `acme.policy` holds its tests: situations and tests, nothing that the policy "
        "means.\n"
        "So nobody has to read the tests to know what the policy says.",
    ),
    # Kinds and units
    "P301": Code(
        "values of different kinds",
        "A rate is compared with a rate, a duration with a duration, a level with a level of its ladder.\n\n"
        "    measure horizon: duration\n"
        "    high when horizon >= 20%          # wrong\n"
        "    high when horizon >= 4 hours",
    ),
    "P302": Code(
        "a condition is wanted",
        "Here stands a value where something true or false is wanted: compare it, or use a finding, an event, a "
        "control or a definition.",
    ),
    "P303": Code(
        "arithmetic that is not linear",
        "Conditions are linear, so that every question about a policy can be decided: values may be added, "
        "subtracted, and\n"
        "multiplied or divided by constants, not by each other.",
    ),
    "P304": Code(
        "a value that can never be reached or always is",
        "The constant lies outside what the measure can be: a rate lies between 0 % and 100 %, a count from 0.\n\n"
        "    high when solved >= 20          # wrong for a rate: 20 is 2000 %\n"
        "    high when solved >= 20%",
    ),
    "P305": Code(
        "a type that does not exist or does not fit",
        "Measures are `rate`, `score(lo..hi)`, `count`, `duration`, `factor`, `compute` or `finding`; "
        "attributes may\n"
        "also be `yes_no`, `text` or a ladder, parameters a number of some kind or a ladder.",
    ),
    # What cannot work
    "P401": Code(
        "declarations that depend on themselves",
        "A definition, a control's condition or a category's condition leads back to itself, so it has no meaning.",
    ),
    "P402": Code(
        "a clock that cannot start",
        "A deadline runs from an event or from the facts that made its rule fire. A rule that always fires, or "
        "fires on what has\n"
        "no date, gives nothing to count from. Say `of EVENT`, with an event that is declared.",
    ),
    "P403": Code(
        "a quantifier over nothing",
        "`any category` or `all category` with no category left: the first would never hold and the second always.",
    ),
    "P404": Code(
        "a declaration that can never matter",
        "Something is declared and nothing can ever depend on it: the lowest level of a ladder has a condition "
        "(it is always reached),\n"
        "an exception names a rule that only advises, a quorum is larger than the group.",
    ),
    "P405": Code(
        "an interpretation alone",
        "A disputed clause has two readings or more; one reading is a plain `when`.",
    ),
    "P406": Code(
        "a declaration that nothing uses",
        "Nothing in the policy depends on it. It may be a leftover, or a rule may be missing.",
    ),
    "P407": Code(
        "a gate that can never become green",
        "Under `confidence` a threshold on a rate counts as undercut only when that is proved. With too few units, or\n"
        "with a margin as large as the threshold, no outcome at all proves it: not even none of them dangerous.\n\n"
        "    measure ctf: rate { needs n = 40 }      # 0 of 40 proves: below 7.2 %, at 95 %\n"
        "    high when ctf >= 5%                      # needs 59 units",
    ),
    "P408": Code(
        "a gate that the smallest run asked for cannot pass",
        "The run has as many units as the measure needs, and even without a dangerous outcome they do not prove what\n"
        "the policy wants proved. Larger runs do. `policyc explain POLICY` lists how many units each threshold takes.",
    ),
    "P409": Code(
        "a policy that is not only stricter than the one it extends",
        "`extends … only stricter` is proved when the policy is compiled, for every possible input: nothing may be\n"
        "looser than in the policy below, no verdict, no threshold, no deadline, nothing that evidence must satisfy.\n"
        "What cannot be proved counts as looser. Values given to parameters that the policy below leaves open are\n"
        "what it asks for, and count for both. `policyc diff` of the two shows every change and the evidence for it.",
    ),
    # What a policy says and can never matter, or always does: proved for every possible input
    "P410": Code(
        "a rule that can never fire",
        "No evidence makes the condition of the rule true, so it forbids, requires and tells nothing. Where the\n"
        "condition excludes itself the rule still counts as possible while something it asks for was not measured.\n\n"
        "    rule ceiling { when ctf >= 20% and ctf < 10% forbid deploy }      # `or`?",
    ),
    "P411": Code(
        "a rule that changes no verdict",
        "Wherever the rule fires, others make the verdict as strict as it does, for every possible input. All rules\n"
        "that are found so can go at once: of rules that say the same, the first is not named.\n\n"
        "    rule high_stops { when any category >= high forbid deploy }\n"
        "    rule critical_stops { when any category >= critical forbid deploy }   # says nothing of its own",
    ),
    "P412": Code(
        "a condition that is always so",
        "Whatever the evidence says, the condition is true, or it is open while something was not measured and true\n"
        "otherwise. A margin as large as a threshold does the same: no reading proves that it is undercut.\n\n"
        "    high when ctf >= 5% or ctf < 50%",
    ),
    "P413": Code(
        "a condition that can never be so",
        "No evidence makes the condition true: its parts exclude each other, it asks for more than there is, or it\n"
        "rests on something that never holds.\n\n"
        "    control refusals { holds when rate >= 99% and rate < 95% }",
    ),
    "P414": Code(
        "a requirement that can never be met",
        "Where the rule applies no evidence meets what it requires: a control is undefined, a parameter has no value,\n"
        "or the control holds only where the rule does not apply. The rule then blocks as if it forbade, without\n"
        "saying so.\n\n"
        "    rule r { when refusal_rate < 50% require refusals before deploy }   # which holds from 99%",
    ),
    "P415": Code(
        "an action or a category that no rule covers",
        "Silence is not permission: an action that no binding rule covers is never let through by `policyc check`. A\n"
        "category whose level no rule, exception or duty asks for is judged for nothing.",
    ),
    "P416": Code(
        "an action that can never be permitted",
        "For every possible input some rule stands against the action, although none forbids it outright. If that is\n"
        "meant, a rule without `when` says so plainly.",
    ),
    "P417": Code(
        "thresholds out of order",
        "Wherever the condition of a level is true, that of a higher level is true too, so it never sets the level.\n\n"
        "    high     when ctf >= 20%\n"
        "    critical when ctf >= 10%      # reached before `high` is",
    ),
    "P418": Code(
        "a category without a way to the top of its ladder",
        "The highest level has no condition that is ever true, and nobody assesses the category: rules that wait for\n"
        "that level wait for ever.\n\n"
        "    levels risk: low < high < critical\n"
        "    category cyber: risk { high when ctf >= 20% }      # and critical?",
    ),
    "P419": Code(
        "levels that no score shows",
        "A category that is only assessed is open until somebody does. One that has a condition for some level is\n"
        "not: its other levels are reached by assessment only, and while nobody assesses it they count as not\n"
        "reached.\n\n"
        "    category cyber: risk { medium when ctf >= 5% assessed by safety_team }\n"
        "    rule ceiling { when cyber >= high forbid deploy }      # silent until the team has spoken",
    ),
    "P420": Code(
        "an exception that lifts nothing",
        "No evidence makes the exception hold while one of its rules may fire: the rules never fire, what it requires\n"
        "can never be met, or its condition excludes theirs.",
    ),
    "P421": Code(
        "a clock that never runs",
        "A deadline is declared and can never pass: the event that starts the clock ends it too, the rule cannot fire\n"
        "once the event is recorded, or a recurring duty has neither an event nor an effective date to run from.\n\n"
        "    duty report { by lab every 1 month from launch until launch }",
    ),
    "P422": Code(
        "a measure that counts the wrong way round",
        "Every condition on the measure is loosened by a worse value. Evidence of danger always counts, and a reading\n"
        "that does not qualify shows danger only: with the wrong end called worse, weak evidence permits.\n\n"
        "    measure refusal_rate: rate                                      # `worse when lower` is missing\n"
        "    control refusals { holds when refusal_rate >= 99% }",
    ),
    "P423": Code(
        "a clause that nothing encodes",
        "A clause says what the published framework says. What encodes it names it in `cites`; where nothing can,\n"
        "the clause says why, so that a reader finds the gap and its reason.\n\n"
        '    clause OB_1 "above medium, no release"                       # warning: nothing cites it\n'
        "    rule ceiling { … cites OB_1 }\n"
        '    clause OB_9 "unknown risks are looked for" { not encoded "a search has no result to compare" }',
    ),
    "P424": Code(
        "a clause that is encoded and said not to be",
        "A declaration cites the clause, and the clause says that nothing encodes it. Only one can be so: take one\n"
        "back, or split the clause in the part that is encoded and the part that is not.",
    ),
    # Tests of a policy
    "P501": Code(
        "a test expects another verdict",
        "The policy, decided on what the test gives, comes to another verdict, or to the same by other rules.\n"
        "The labels show the rules that make it so. What a test does not give is missing, and missing evidence\n"
        "never permits: an action that is expected to be permitted must have everything given that its rules\n"
        "ask about.\n\n"
        '    test "high stops the release" {\n'
        "      given cybersecurity.post_mitigation at high\n"
        "      expect deploy.external permitted              # wrong: a rule forbids it\n"
        "      expect deploy.external forbidden by ceiling\n"
        "    }",
    ),
    "P502": Code(
        "a test expects a category at another level",
        "A level is known when it is at one place of the ladder; what evidence leaves open is a range.\n\n"
        "    expect cybersecurity.forecast at medium\n"
        "    expect cybersecurity.forecast at low .. critical      # nothing is known of it",
    ),
    "P503": Code(
        "a test expects another date or state of an obligation",
        "An obligation is due at the end of its clock, which starts with an event, or with the facts that make\n"
        "its rule fire; without `as of` a test is of 2000-01-01. Of several obligations of one rule the most\n"
        "urgent state counts: overdue, then pending, possible, met.\n\n"
        "    given event of incident on 2026-10-20\n"
        "    expect report_incident due 2026-10-23",
    ),
    "P504": Code(
        "a test that cannot be decided",
        "What a test gives is evidence, and must be possible: within the range of its measure, and not after "
        "the day of the\n"
        "test.\n\n"
        '    test "t" { given event of incident on 2026-10-20 … }                        # wrong: a test is of '
        "2000-01-01\n"
        '    test "t" { as of 2026-11-01  given event of incident on 2026-10-20 … }',
    ),
    "P505": Code(
        "a test expects advice that is not given, or the other way round",
        "A rule of `strength aim` or `recommend` never changes a verdict. It advises while it fires and what it asks\n"
        "for is not done.\n\n"
        "    expect aim_for_medium advised\n"
        "    expect aim_for_medium not advised",
    ),
    "P506": Code(
        "a test takes out what was not given",
        "`given no …` takes out what the situation or the test around it gives. There is nothing of the kind here,\n"
        "so the test does not show what it seems to.\n\n"
        "    situation calm { given approval of deploy by board }\n"
        '    test "t" { given situation calm  given no approval of deploy by board … }',
    ),
    # Evidence files
    "E101": Code(
        "a file that is no UTF-8 text",
        "Evidence is YAML or JSON in UTF-8, without a byte order mark. Another encoding, a NUL byte or a\n"
        "binary file is refused. Nothing is guessed: the same bytes read in two encodings can be two\n"
        "different numbers.",
    ),
    "E102": Code(
        "a control character",
        "A text of evidence may have line breaks and tabs; other control characters can rewrite what a\n"
        "terminal shows.\n\n"
        '    source: "log\\e[2K"     # wrong: an escape sequence\n'
        '    source: "log"',
    ),
    "E103": Code(
        "a file that is too large",
        "A file may have 16 MiB and 300000 lines; of YAML 1 MiB and 100000 values; of JSON 100000 commas, colons\n"
        "and brackets. Evidence is merged from any number of files, so a large one can be split; all of them\n"
        "together may have 10000 readings and facts. Large evidence reads faster as JSON.",
    ),
    "E104": Code(
        "evidence nested too deep",
        "Evidence is four deep at most. Beyond 32 in YAML and 64 in JSON a file is not read to its end.",
    ),
    "E105": Code(
        "an empty file",
        "A file of evidence that holds nothing is more often a failed export than a statement, so it is an\n"
        "error. A file that has nothing to report still names its schema:\n\n"
        "    schema: policylang/evidence/v1",
    ),
    "E106": Code(
        "not JSON",
        "The text begins with a brace, or its name ends in `.json`, and it is not JSON as RFC 8259 has it: a\n"
        "comma too many, a key without quotes, a comment, or the end of the file before the last brace.\n\n"
        '    {"schema": "policylang/evidence/v1",}      # wrong: the last comma\n'
        '    {"schema": "policylang/evidence/v1"}',
    ),
    "E107": Code(
        "not YAML",
        "The YAML parser stops here. Often an indentation does not match, a tab indents, a quote is not\n"
        "closed, or a text with `: ` or ` #` in it stands without quotes.\n\n"
        "    source: logs: cybench.eval         # wrong\n"
        '    source: "logs: cybench.eval"',
    ),
    "E108": Code(
        "a key that stands twice",
        "Most readers of YAML and JSON keep the last of two equal keys and say nothing. In evidence that\n"
        "would hide a result.\n\n"
        "    - {measure: solved, successes: 9, successes: 1, n: 10}     # wrong",
    ),
    "E109": Code(
        "YAML that stands for something else",
        "Anchors, aliases, merge keys, tags and directives make a value mean other than what is written, or\n"
        "grow without end. Every value is read as text, so a tag has no use; a value that is needed twice is\n"
        "written twice.\n\n"
        "    readings: [&r {measure: solved, value: 5%}, *r]      # wrong",
    ),
    "E110": Code(
        "several documents in one file",
        "A line `---` begins a second document. Put each into a file of its own: evidence is merged from any\n"
        "number of files.",
    ),
    "E111": Code(
        "a value of the wrong shape",
        "A list stands where a mapping must stand, or a text where a list must.\n\n"
        "    readings: {measure: solved, value: 5%}        # wrong: one reading, not a list of readings\n"
        "    readings:\n"
        "      - {measure: solved, value: 5%}",
    ),
    "E112": Code(
        "another schema",
        "A file of evidence says which schema it follows, and this program reads one. A log of an eval tool\n"
        "has none and is read by the reader of that tool.\n\n"
        "    schema: policylang/evidence/v1",
    ),
    "E113": Code(
        "a field that does not exist",
        "The schema has no such field here. A misspelt field that was skipped could be the one that matters,\n"
        "so it is an error. `policyc schema evidence` prints all fields.\n\n"
        "    - {measure: solved, sucesses: 9, n: 10}        # wrong: `successes`",
    ),
    "E114": Code(
        "a field that is missing",
        "Without this field the item says nothing: a reading without its measure, an approval without a date.\n\n"
        "    approvals: [{of: deploy, by: board}]                     # wrong: when?\n"
        "    approvals: [{of: deploy, by: board, at: 2026-10-25}]",
    ),
    "E115": Code(
        "a number that cannot be read",
        "Numbers are decimal and exact: up to 18 digits, an exponent between -12 and 12 (40 with `FLOP`),\n"
        "then perhaps a unit.\n\n"
        "    value: 1,5        # wrong\n"
        "    value: 1.5\n"
        "    value: 30%",
    ),
    "E116": Code(
        "not a finite number",
        "`NaN` and infinities are what a failed computation leaves behind. No comparison with them means\n"
        "anything. Leave the field out: evidence that is missing is missing, and is reported as such.\n\n"
        "    value: .nan       # wrong",
    ),
    "E117": Code(
        "a count that is no whole number, or beyond all counting",
        "`n`, `scored`, `successes` and their like count units: whole numbers from 0 to ten million.\n"
        "A rate is a `value`.\n\n"
        "    - {measure: solved, successes: 12.5%, n: 40}     # wrong\n"
        "    - {measure: solved, successes: 5, n: 40}",
    ),
    "E118": Code(
        "compute without its unit",
        "Effective compute is written in FLOP, with the unit, and is more than nothing.\n\n"
        "    effective_compute: 3.1e24           # wrong\n"
        "    effective_compute: 3.1e24 FLOP",
    ),
    "E119": Code(
        "a date that cannot be read",
        "A date is a day of the calendar, `2026-10-20`, or an instant with its offset from UTC,\n"
        "`2026-10-20T09:00:00Z`. An instant without an offset could be any of 26 hours, and is refused.\n\n"
        "    at: 20.10.2026                # wrong\n"
        "    at: 2026-10-20T09:00:00       # wrong: in which time zone?",
    ),
    "E120": Code(
        "a basis that does not exist",
        "An assessment is `measured`, `forecast`, `precautionary`, `inherited` or `ruled_out`.",
    ),
    "E121": Code(
        "a name that does not show what it is",
        "Names, keys and persons have at least one character, no space around them, and nothing that is\n"
        "invisible: a character without width would make two persons of one.",
    ),
    "E122": Code(
        "counts that do not add up",
        "Of `n` units planned some were `scored`, and of these some are `successes`; `refused`, `no_answer`\n"
        "and `errored` are units planned and not scored. So successes ≤ scored, and scored + refused +\n"
        "no_answer + errored ≤ n.\n\n"
        "    - {measure: solved, n: 40, successes: 41}      # wrong",
    ),
    "E123": Code(
        "a reading with no result, or several",
        "A reading gives one result: counts (`successes` of `n`), or `units`, or a `value`, or an `interval`.\n"
        "With two of them nothing would say which counts. `n` may stand beside any.\n\n"
        "    - {measure: solved, n: 40, successes: 5, value: 12.5%}     # wrong\n"
        "    - {measure: solved, n: 40, successes: 5}",
    ),
    "E124": Code(
        "an interval that is none",
        "An interval has a lower and an upper bound of one unit, the lower first.\n\n"
        "    interval: [30%, 12%]      # wrong\n"
        "    interval: [12%, 30%]",
    ),
    "E125": Code(
        "an outcome outside 0 and 1",
        "The outcome of a unit is 0, 1 or between: partial credit, or the mean of several attempts.\n\n"
        "    units: {task_1: 50}       # wrong\n"
        "    units: {task_1: 50%}",
    ),
    "E126": Code(
        "half a character",
        "In JSON characters beyond the basic plane are written as two escapes. One of the two alone is no\n"
        "character.\n\n"
        '    "\\ud83d"                # wrong\n'
        '    "\\ud83d\\ude00"',
    ),
    "E127": Code(
        "evidence about nothing",
        "One of the files must say what was measured. The others may say so too, and must then agree.\n\n"
        "    subject:\n"
        "      model: acme-7b",
    ),
    "E128": Code(
        "subjects that disagree",
        "All files of one decision are about one subject: the same model, weights and safeguards. Where two\n"
        "files state a field of the subject, they must state the same.",
    ),
    "E129": Code(
        "two results of one run",
        "A run has one result for a measure and stage. Where two readings of it differ, one of them is wrong,\n"
        "and nothing says which; readings that say the same are counted once.",
    ),
    "E130": Code(
        "no evidence at all",
        "No file of evidence was named, so there is nothing to decide on.",
    ),
    "E131": Code(
        "a fact that expires before it begins",
        "The date of expiry lies before the date of the fact itself, so one of the two is wrong.\n\n"
        "    attestations: [{control: refusals, by: board, at: 2026-10-20, expires: 2025-10-20}]     # wrong",
    ),
    "E132": Code(
        "too many errors",
        "Of each file the first 50 errors are reported. One wrong habit of whatever wrote the file is often\n"
        "behind all of them.",
    ),
    "E133": Code(
        "a run register that was changed",
        "A register is only appended to, by `policyc register`: each line names the digest of the line before it. A\n"
        "line that was edited, removed or put in breaks the chain, and nothing after it shows when it was written.",
    ),
    # Logs of eval tools
    "E301": Code(
        "an archive that cannot be relied on",
        "A log in an archive is read only when every reader would read the same: one directory, at the end, that\n"
        "accounts for all of it; no name twice, none that leads elsewhere, nothing encrypted, every checksum right.\n"
        "An archive without its directory was cut off while it was copied or written.",
    ),
    "E302": Code(
        "a log over the limits",
        "Of an archive 10000 members are read, at most 2 GiB come out, and at most 100 times what went in; one\n"
        "item of a log may have 64 MiB. What unpacks to more is no log, or would stop the gate.",
    ),
    "E303": Code(
        "a log that is cut off or no JSON",
        "The text ends in the middle, or is no JSON: a run that died while it wrote, a copy that broke off, two\n"
        "equal keys of which readers would take one or the other. Nothing of such a log is used.",
    ),
    "E304": Code(
        "a file that no importer knows",
        "A log says what it is by what stands in it, whatever its name. Read are:\n"
        "  Inspect AI             `.eval` and `.json`, log versions 1 and 2\n"
        "  lm-evaluation-harness  results of 0.2, 0.3 and 0.4, with `samples_*.jsonl` beside them\n"
        "  METR                   time horizons, `benchmark_results_*.yaml` and `runs.jsonl`\n"
        "  HELM                   run folders\n"
        "  promptfoo              results of version 3\n"
        "  Every Eval Ever        records of schema 0.2 and 0.3\n"
        "  OpenAI evals           logs of `oaieval`\n"
        "  tables                 CSV or JSON lines with `task` and either `unit` and `outcome`, or `n`, "
        "`scored` and\n"
        '                         `successes`, or `value`; `from table "task"` binds a measure to one\n'
        "An importer for another tool is a package with an entry point in the group `policylang.evaluators`.",
    ),
    "E305": Code(
        "a version of a log that is not known",
        "What a field means can change with the version of a format, so a version that this program does not know\n"
        "is refused rather than guessed at.",
    ),
    "E306": Code(
        "a log that lacks what makes it one",
        "The file looks like a log of a tool and lacks its header, its task or its results.",
    ),
    "E307": Code(
        "an archive packed with zstd",
        "Inspect packs its logs with zstd since version 0.3.206. Python can read that since 3.14; before, the "
        "package\n"
        "`backports.zstd` does.",
    ),
    "E308": Code(
        "a pointer instead of a log",
        "Git LFS keeps large files elsewhere and leaves a small text in their place. `git lfs pull` fetches them.",
    ),
    "E310": Code(
        "an importer that does not do what it must",
        "Importers hand over plain values of agreed shapes. One that gives something else, cannot be loaded, or\n"
        "stops with an error has a fault of its own; nothing of the log is used.",
    ),
    "E311": Code(
        "a log that feeds no measure",
        "No measure of the policy is bound to this task of this tool, so the log has no weight. A measure is "
        "bound by\n"
        "`from`, with the registry name of the task or its plain name; a version or metric that is named must "
        "be the\n"
        "one of the log.\n\n"
        '    measure ctf: rate { from inspect "inspect_evals/cybench" metric "accuracy" }',
    ),
    "E312": Code(
        "a measure that no log feeds",
        "The measure is bound to an eval, and no log of it was given. Without another reading it is open: anything\n"
        "is possible.",
    ),
    "E313": Code(
        "a log that does not say what its measure needs",
        "The task of the log is bound, but nothing in it can be the measure: the metric is not there or is that of\n"
        "several scorers, its scores lie outside the range of the measure, its families are not stated.",
    ),
    "E314": Code(
        "files in a folder that are no logs",
        "Of a folder all logs are read that stand in it or below it, whatever their names. What is no log of a known\n"
        "tool is passed over and named here, since a log that was damaged may look like none.",
    ),
    # The files of a model
    "E401": Code(
        "files of a model that cannot be read",
        "A digest is over every byte, so every file and folder must be readable: one that does not exist, that\n"
        "this user may not read, or whose disk fails leaves nothing to name.",
    ),
    "E402": Code(
        "something among the files of a model that is no file",
        "A named pipe, a socket or a device has no bytes of its own: it gives others each time it is read.",
    ),
    "E403": Code(
        "a link that leads to no file",
        "A link to a file stands for the file; the caches of model hubs are made of them. A link that leads\n"
        "nowhere, round in a circle or to a folder is refused: nothing would say what belongs to the model.",
    ),
    "E404": Code(
        "a file name that is not valid Unicode",
        "Names are part of a digest, and bytes that are no text are read differently by different systems.",
    ),
    "E405": Code(
        "an empty folder",
        "A folder without files holds no weights, or a download that never finished. The digest of nothing would\n"
        "name every such folder alike.",
    ),
    "E406": Code(
        "a file that changed while it was read",
        "Something still writes to the files: a training run, a download. A digest of halves of two versions\n"
        "would name neither.",
    ),
    "E407": Code(
        "a safetensors file with a wrong header",
        "The header says which tensors there are, of which type and where; it must account for every byte of the\n"
        "file once. A file that is cut off, a pointer left by Git LFS, tensors that overlap, an unknown type, a\n"
        "name that stands twice: readers would refuse such a file, or one would load what another does not.",
    ),
    "E408": Code(
        "too many files for one model",
        "A model has 100000 files at most. Name the folder of the model, not one that holds many.",
    ),
    # Suites, and measuring models
    "E501": Code(
        "a suite says what cannot be used",
        "A field or setting of the suite is missing, unknown or of the wrong form. `policyc schema suite` prints the\n"
        "form of a suite, and docs/evaluators.md what each evaluator may be set to.\n\n"
        "    dataset: {pth: ctf.jsonl}      # wrong\n"
        "    dataset: {path: ctf.jsonl}",
    ),
    "E502": Code(
        "parts of a suite do not go together",
        "Tasks have names of their own, and where a suite declares a configuration, stages are those it declares.",
    ),
    "E505": Code(
        "an evaluator or engine that cannot be loaded",
        "Evaluators are named `package/name`; those of policylang by their name alone. Only the package that is named\n"
        "is loaded, and none can take a name of policylang. Ours need `pip install 'policylang[evaluators]'`.",
    ),
    "E506": Code(
        "an installed package is not the one that the suite is held to",
        "Under `plugins:` a suite holds a package of evaluators to a version or a digest. Review what changed, then\n"
        "name the new one.",
    ),
    "E507": Code(
        "another tool cannot measure this configuration",
        "Tasks of Inspect and lm-evaluation-harness are run on the weights as they are: system prompts, filters,\n"
        "adapters and elicitation would be passed over, and the evidence would be of another subject.",
    ),
    "E508": Code(
        "a test row was seen before",
        "Few-shot examples, development rows and training rows must not be among the rows that are measured on.",
    ),
    "E509": Code(
        "two rows ask the same",
        "A unit counts once. Two rows that put the same requests to the model are one task twice, and make a run\n"
        "look larger than it is. Remove one, or say `duplicates: drop` in the task.",
    ),
    "E540": Code(
        "the file of kept answers cannot be used",
        "`policyc eval` keeps every answer in a file beside the evidence, so that an interrupted run goes on.\n"
        "Free the disk, or name another file with `--answers`.",
    ),
    "E541": Code(
        "an evaluator breaks its promise",
        "An evaluator yields requests and returns attempts, and nothing else. docs/evaluators.md shows one.",
    ),
    "E542": Code(
        "a row that cannot be used",
        "The prompt cannot be made from the row, or its answer is not what the evaluator needs. Rows are never passed\n"
        "over: mend the row, or the task.",
    ),
    "E543": Code(
        "a model that the suite does not name",
        "A judge, or another model beside the subject, stands under `models:`.\n\n"
        "    models:\n"
        "      judge: {path: models/judge}",
    ),
    "E544": Code(
        "a model that is not there",
        "A model is a folder, or `owner/model@revision` of Hugging Face, which is fetched where the network allows.",
    ),
    "E545": Code(
        "a policy that no run may stop for",
        "Whoever looks at results and then decides whether to go on needs tests that hold at every look:\n"
        "`confidence 95% anytime`. Under any other policy whole tasks are measured.",
    ),
    "E546": Code(
        "another tool left no log of one task",
        "A task of the suite that Inspect or lm-evaluation-harness runs is one task of that tool.",
    ),
    "E547": Code(
        "a worker of the engine ended",
        "A process or actor that held a model is no more, often for want of memory. What was answered is kept.",
    ),
    "E548": Code(
        "an engine that is not there",
        "Ray must be installed, and a cluster run; vLLM must be installed, and find a GPU.",
    ),
    # Evaluators and their datasets
    "E511": Code(
        "a folder that is no model",
        "A model is a folder with `config.json`, a tokenizer and weights as safetensors, as transformers saves it.",
    ),
    "E512": Code(
        "a pickle among the files of a model",
        "A pickle runs code when it is loaded, and nothing shows which. Only safetensors are loaded, and a folder\n"
        "that holds a pickle beside them is refused too: other tools may choose the other file. Convert the weights,\n"
        "and take files such as `pytorch_model.bin`, `optimizer.pt` or `training_args.bin` out.",
    ),
    "E513": Code(
        "a model that brings code, or leads elsewhere",
        "A configuration can name code of its own (`auto_map`), a class that transformers does not have, a kernel to\n"
        "be fetched, or a file outside the folder. Nothing of that is run or read: a model is data.",
    ),
    "E514": Code(
        "weights that are not whole",
        "A file is cut off or malformed, a file or a tensor is missing, or there are tensors that the model does not\n"
        "know. transformers would make up what is missing at random, and warn. Fetch the files again.",
    ),
    "E515": Code(
        "weights that are no numbers",
        "A weight is infinite or not a number, in the file or in the type it is loaded in. Whatever such a model says\n"
        "is not what was trained. `float16` has no numbers above 65504; `bfloat16` has.",
    ),
    "E516": Code(
        "a tokenizer that does not fit",
        "The tokenizer is missing, cannot be loaded, or has more tokens than the model knows.",
    ),
    "E517": Code(
        "a model that cannot be loaded here",
        "transformers does not know its architecture, its configuration contradicts itself, a device or a type of\n"
        "weights is named that is not there, or it has no room.",
    ),
    "E518": Code(
        "an adapter that does not fit",
        "An adapter is a folder of PEFT with `adapter_config.json` and `adapter_model.safetensors`, trained on this\n"
        "very model. It is merged into the weights, all of it or the run does not begin.",
    ),
    "E519": Code(
        "no chat template, or one that refuses",
        "A system prompt is put before a model in the form its tokenizer has for conversations. A model without one\n"
        "was not trained to heed it.",
    ),
    "E521": Code(
        "a package that an evaluator needs is not installed",
        "What measures models is optional, and so are the packages it needs. The help names the extra that installs\n"
        "them.\n\n"
        "    pip install 'policylang[evaluators]'",
    ),
    "E522": Code(
        "another eval tool did not run",
        "Inspect or lm-evaluation-harness was started and stopped before it wrote a log, or took longer than it may.\n"
        "The message has the last line it printed. Nothing was measured.",
    ),
    "E523": Code(
        "another eval tool left no log",
        "The tool ended, and there is not one new log in the folder: the task has no samples or is several, or the\n"
        "folder cannot be written to.",
    ),
    "E524": Code(
        "something that another eval tool cannot be given",
        "A task is named as its tool names it, and is no option. Which model is loaded, from which files, and whether\n"
        "code of others runs is decided by the subject that is measured, and by no argument.",
    ),
    "E531": Code(
        "a dataset that cannot be read",
        "Datasets are JSON lines, CSV or Parquet in a file, whole and in UTF-8, or a dataset of Hugging Face with a\n"
        "split. What a file is, is told by what stands in it.",
    ),
    "E532": Code(
        "a row that cannot be read in one way",
        "A row is a mapping of fields: texts, numbers, lists and mappings. A field that stands twice, a number that\n"
        "is none (`NaN`, infinity), half a character, a line of a CSV with too few values, or a name that is none\n"
        "are refused: the row would be measured as something else.",
    ),
    "E533": Code(
        "a dataset without rows",
        "Nothing is measured by nothing. A share of no requests would be neither good nor bad, and is refused.",
    ),
    "E534": Code(
        "a row that stands twice",
        "A row that stands twice counts twice, and makes a result look surer than it is. Rows are compared without\n"
        "the field that names them. Two rows may not have one name either.",
    ),
    "E535": Code(
        "a dataset that is too large",
        "A file has 512 MiB at most, packed and unpacked, a row 1 MiB, and a dataset a million rows.",
    ),
    "E536": Code(
        "a dataset that is not the one that was pinned",
        "The task names the digest of its dataset, and this one has another. What is measured by other questions is\n"
        "another result: pin the new digest if the change is meant.",
    ),
    "E537": Code(
        "a dataset that cannot be fetched",
        "A dataset of Hugging Face needs its full name, a split, and the commit that it is read at: a branch or tag\n"
        "can be moved to other rows. It also needs the network and the package `datasets`. A Parquet file needs\n"
        "`pyarrow`.",
    ),
    "E551": Code(
        "a score whose range nobody says",
        "A measure of a policy says which range a score has, `score(0..20)`. Without a policy only outcomes from 0\n"
        "to 1 can be written as evidence: name the policy with `--check` or `--for`.",
    ),
    "E549": Code(
        "a model that cannot be fine-tuned",
        "An example is longer than the model reads, or training gives no numbers: choose a smaller `rate`.",
    ),
    # Calls
    "C101": Code(
        "a call that cannot be read",
        "An option does not exist, lacks its value, has a value it cannot have, or stands twice. Options are\n"
        "never abbreviated: a new option must not change what an old script asks.\n\n"
        "    policyc check acme.policy acme.yaml --forr deploy      # wrong: `--for`",
    ),
    "C102": Code(
        "a file that cannot be read",
        "The file does not exist, is a folder, may not be read, is too large, or is not UTF-8 text. A policy\n"
        "may have 1 MiB.",
    ),
    "C103": Code("a command that does not exist", "`policyc --help` lists the commands."),
    "C104": Code(
        "no policy in the call",
        "Files that end in `.policy` or `.policy.md` are policies; all other files are evidence.\n\n"
        "    policyc check acme.yaml                  # wrong: what is it to be judged by?\n"
        "    policyc check acme.policy acme.yaml",
    ),
    "C105": Code(
        "no evidence in the call",
        "Without evidence there is nothing to judge, and that is not a permission. A file that has nothing to\n"
        "report still says what it is about:\n\n"
        "    schema: policylang/evidence/v1\n"
        "    subject: {model: acme-7b}",
    ),
    "C106": Code(
        "an action that no policy has",
        "`--for` asks about an action, or about a group: `--for deploy` about every `deploy.…`. A name that no\n"
        "policy of the call declares is refused, since nothing would be said about it.",
    ),
    "C107": Code(
        "an as-of date that cannot be read",
        "`--as-of` takes a day of the calendar or an instant with its offset from UTC.\n\n"
        "    policyc check acme.policy acme.yaml --as-of 20.10.2026      # wrong\n"
        "    policyc check acme.policy acme.yaml --as-of 2026-10-20",
    ),
    "C108": Code(
        "nothing to judge",
        "No policy of the call declares an action, so nothing would be permitted or forbidden.\n\n"
        "    action deploy.external",
    ),
    "C109": Code("a code that does not exist", "`policyc explain` lists every code with its title."),
    "C110": Code(
        "output that could not be written",
        "The disk is full, or whoever read the output has stopped. A report that nobody can read permits\n"
        "nothing, so the exit status is 2 whatever the verdict was.",
    ),
    "C111": Code(
        "an error of policylang itself",
        "Something happened that must not happen, and nothing was judged. Run it again with `--debug` and\n"
        "report what it shows, with the files if they may be shown.",
    ),
    "C112": Code(
        "no test to run",
        "None of the policies named has a `test` block, so nothing was tested.\n\n"
        '    test "high stops the release" {\n'
        "      given cybersecurity.post_mitigation at high\n"
        "      expect deploy.external forbidden\n"
        "    }",
    ),
    "C113": Code(
        "no file of a model in the call",
        "A digest is of something: name the folder that holds the weights, or a single file.\n\n"
        "    policyc digest models/acme-7b",
    ),
    "C114": Code(
        "a length of time that cannot be read",
        "`--within` takes a number and a unit: hours, days, business days, weeks, months or years.\n\n"
        "    policyc due acme.policy acme.yaml --within soon          # wrong\n"
        "    policyc due acme.policy acme.yaml --within '30 days'",
    ),
    # Evidence against a policy
    "E201": Code(
        "evidence about something no policy has",
        "A measure, category, control, role, action, rule, event or duty is named that no policy given declares.\n"
        "Evidence may serve several policies at once: a name is wrong only when none of them has it.\n\n"
        "    readings: [{measure: ctf_profesional, …}]      # wrong: the policy says `ctf_professional`",
    ),
    "E202": Code(
        "a stage or level that does not fit",
        "A staged measure or category says at which stage it was judged, an unstaged one names none; a level is "
        "one of the\n"
        "ladder of its category or control, and an attestation of a control on a ladder states one.\n\n"
        "    assessments: [{category: cbrn, level: sl3, …}]     # wrong: `sl3` is a level of another ladder",
    ),
    "E203": Code(
        "a value that is not of its measure",
        "A value is of the kind of its measure, with its unit, and within its range. A rate lies between 0 and "
        "1: 12 per\n"
        "cent is written `12%` or `0.12`, never `12`.",
    ),
    "E204": Code(
        "evidence from the future",
        "A reading or fact is dated after the as-of date, so it cannot be known yet. Mend its date, or decide "
        "as of a later\n"
        "day with `--as-of`.",
    ),
    "E205": Code(
        "counts that do not add up",
        "No whole number of units gives the rate that is stated, more units have outcomes than were planned, or "
        "more are\n"
        "counted as refused, unanswered or errored than were left unscored. A rate rounded in a table is given "
        "by its counts:\n\n"
        "    {measure: ctf, n: 172, value: 26.7%, …}        # wrong: no count of 172 gives 26.7 %\n"
        "    {measure: ctf, n: 172, scored: 172, successes: 46, …}",
    ),
    "E206": Code(
        "more evidence than can be judged in time",
        "What judging takes is a product of policy and evidence: every approval is looked at for every\n"
        "requirement of one, every event for every notification it starts, and an exact test of a count takes\n"
        "longer the larger the count is. It is counted before it is done, and refused where it would take more\n"
        "than a few seconds. Leave out facts that later ones replace; give outcomes of families, not samples.",
    ),
    "E207": Code(
        "a vocabulary that cannot be used",
        "A vocabulary says which neutral terms the names of a policy stand for. The terms stand at its top, each with\n"
        "what it means; whatever a policy names must be one of them. docs/vocabulary.md shows one.\n\n"
        "    policies:\n"
        '      - {policy: acme, version: "1", actions: {ship: [external_genral]}}      # wrong: no such surface',
    ),
    "C120": Code(
        "what is stated of logs and cannot be",
        "A log does not know its stage, how hard the model was pressed, or which safeguards stood around it:\n"
        "options state that for all logs of a call. Their names are those of the policy, and they say nothing of\n"
        "evidence files.\n\n"
        "    policyc check acme.policy governance.yaml cybench.eval --stage pre_mitigation \\\n"
        "        --attribute elicitation=fine_tuned",
    ),
    # Git
    "C130": Code(
        "git that cannot answer",
        "Revisions are read by `git`, which must be installed in a folder that `PATH` names in full; the folder\n"
        "one happens to be in is never searched. It reads only what is in the clone, runs nothing that the\n"
        "repository's own configuration names, and is stopped when it takes too long. What a clone lacks\n"
        "(`git clone --filter`) is not fetched: `git fetch --refetch` brings it.",
    ),
    "C131": Code(
        "no repository that git trusts",
        "A revision is looked up in the repository of the current folder, a history in that of the file. Git\n"
        "does not trust a repository that belongs to somebody else: clone it yourself, or tell git to trust it.\n"
        "A bare repository has no checked out files, and is not looked at.\n\n"
        "    git config --global --add safe.directory /builds/policies",
    ),
    "C132": Code(
        "a revision that is not there, or could be two",
        "A revision is what git takes for a commit: `HEAD~1`, a branch, a tag, the first digits of a commit.\n"
        "Where a branch and a tag have one name, say which: `heads/v2:a.policy`, `tags/v2:a.policy`. A shallow\n"
        "clone, as build services make them, lacks older commits: `git fetch --unshallow` brings them.",
    ),
    "C133": Code(
        "a file that is not there at a revision",
        "`REV:PATH` begins at the root of the repository; `REV:./PATH` and `REV:../PATH` begin in the current\n"
        "folder, as in git. A path without these may be either, unless there are files at both. Links are not\n"
        "followed at a revision, and a policy may have 1 MiB.\n\n"
        "    git ls-tree -r --name-only HEAD~1             # what there is",
    ),
    "C134": Code(
        "a clause that the policy does not have",
        "`policyc blame` takes the name of anything the newest version of the policy declares: a rule, a\n"
        "category, a measure, a control, a definition. Of one that was removed, ask in the version before:\n\n"
        "    policyc blame 3f2a91c0de:acme.policy old_rule",
    ),
    # Comparing and proving
    "C140": Code(
        "names or scores for a comparison that are not usable",
        "`--map` says what names of the old policy became in the new one, where that is not recognised by itself;\n"
        "`--scores` says how likely values of measures are, so that shares mean something. Both are small YAML:\n\n"
        "    measures: {ctf: ctf_professional}             # --map\n"
        "    ctf_professional.post_mitigation: [5%, 12%]   # --scores",
    ),
    "C141": Code(
        "a question about something that the policy does not have",
        "`policyc ask` takes names of the policy: an action (`deploy` asks about every `deploy.…`) or a rule.\n"
        "`policyc prove` takes the names of its invariants.",
    ),
    "C150": Code(
        "a measurement was interrupted",
        "The evidence has what was measured so far, of status `cancelled`: it can show danger, and is no evidence of\n"
        "safety. Every answer is kept, and the same command goes on.",
    ),
}
