"""What is wrong with a policy: P1xx text, P2xx names, P3xx kinds and units, P4xx what cannot work, P5xx its tests."""

from policylang.codes.code import Code

POLICY: dict[str, Code] = {
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
        "the policy wants proved. Larger runs do. `policyc explain POLICY --budget` lists how many units each\n"
        "threshold takes.",
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
}
