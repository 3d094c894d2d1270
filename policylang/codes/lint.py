"""What is written and hardly meant: L0xx comments that allow findings, L1xx names, L2xx thresholds."""

from policylang.codes.code import Code

LINT: dict[str, Code] = {
    # Comments that allow findings
    "L001": Code(
        "a comment that allows nothing",
        "A comment allows a finding that is not there: it was mended, or stands elsewhere. Left in place it would\n"
        "allow the next one of its kind unseen. A comment of its own line is for the declaration or field below\n"
        "it, one at the end of a line for that line, `allow-file` for the file.\n\n"
        "    # lint allow L107: the standard counts downwards      # wrong: this ladder goes up\n"
        "    levels risk: low < high",
    ),
    "L002": Code(
        "a comment that allows something without a reason",
        "Whoever reads the policy later must be able to judge whether the finding still may stand. Without a\n"
        "reason the comment allows nothing.\n\n"
        "    # lint allow L215                                        # wrong\n"
        "    # lint allow L215: the framework names no sample size",
    ),
    "L003": Code(
        "a comment that allows what does not exist",
        "There is no lint of that code, so the comment allows nothing. `policyc lint --rules` lists them all.\n\n"
        "    # lint allow L951: kept for the record      # wrong\n"
        "    # lint allow P411: kept for the record",
    ),
    "L004": Code(
        "a comment that looks like one that allows something",
        "It begins like a comment that allows a finding, perhaps in the way of another tool, and allows nothing.\n\n"
        "    # lint: disable=L215                                     # wrong\n"
        "    # lint allow L215: the framework names no sample size",
    ),
    "L005": Code(
        "a comment that allows what cannot be allowed",
        "Errors stop the policy, and no comment changes that; nor does a comment allow what is said of such\n"
        "comments.\n\n"
        "    # lint allow P201: declared later      # wrong: an undeclared name is an error",
    ),
    # Names
    "L101": Code(
        "names that look alike",
        "Two names differ only in signs that are taken for one another (`l`, `1` and `I`; `O` and `0`; `rn` and\n"
        "`m`), in case or in underscores. One day a rule names the wrong one, and nobody sees it.\n\n"
        "    control asl_1 { … }   control asl_l { … }      # wrong\n"
        "    control asl_1 { … }   control asl_1_deployment { … }",
    ),
    "L102": Code(
        "names that differ by an `s`",
        "One name is the plural of another that can stand in its place.\n\n"
        "    measure refusal: rate   control refusals { … }      # wrong\n"
        "    measure refusal_rate: rate   control refusals { … }",
    ),
    "L103": Code(
        "names that differ by one letter",
        "Two long names differ by one letter of a word, or two letters changed places. If one is a slip, the\n"
        "policy now has two things where one was meant.\n\n"
        "    measure cyber_uplift: rate   measure cyber_uplfit: rate      # wrong",
    ),
    "L104": Code(
        "a name that is a word of the language",
        "Words of the language are names wherever only a name can stand, so this works, and reads like something\n"
        "else.\n\n"
        "    event before   rule r { when before forbid deploy }      # wrong\n"
        "    event incident_before_release",
    ),
    "L105": Code(
        "a name with two meanings",
        "A measure, category, control, event, definition or parameter has the name of a level or a stage. In a\n"
        "condition both can stand, and a reader cannot tell which of them is meant.\n\n"
        "    levels risk: low < high   event high      # wrong\n"
        "    levels risk: low < high   event high_was_announced",
    ),
    "L106": Code(
        "one level, several heights",
        "A quantifier speaks of categories on several ladders, and the level it names stands at another height of\n"
        "each. The same word from another version or framework may mean another thing.\n\n"
        "    levels risk: low < high   levels tier: low < medium < high < extreme\n"
        "    rule r { when any category >= high forbid deploy }      # the top of one, the middle of the other",
    ),
    "L107": Code(
        "a ladder upside down",
        "Ladders are written the lowest level first, and `>=` counts upwards from there. Going by its words or\n"
        "its numbers, this one goes the other way somewhere, so that every condition on it means the opposite.\n\n"
        "    levels risk: critical < high < low      # wrong\n"
        "    levels risk: low < high < critical",
    ),
    "L108": Code(
        "a declaration without a title",
        "Reports, explanations and pictures show titles. A board decides by them and knows no names.\n\n"
        "    control ws: hardening { attested by security }      # wrong\n"
        '    control ws: hardening "protection of the weights" { attested by security }',
    ),
    "L109": Code(
        "a rule that cites nothing",
        "The policy encodes a published text, and nothing says where in it this stands. An auditor cannot compare\n"
        "them.\n\n"
        "    rule ceiling { when any category >= high forbid deploy }      # wrong\n"
        '    rule ceiling { when any category >= high forbid deploy cites "§ 4.2" }',
    ),
    "L110": Code(
        "a name written in another style",
        "Among names without capitals one has some. Names that are written in two ways are looked for in the\n"
        "wrong one.\n\n"
        "    measure ctf_score: rate   measure bioScore: rate      # wrong\n"
        "    measure ctf_score: rate   measure bio_score: rate",
    ),
    "L111": Code(
        "a policy without a version",
        "A decision names the version of the policy that it was made under, and `changes from` names the one\n"
        "before.\n\n"
        '    policy acme "Acme Framework" { }      # wrong\n'
        '    policy acme "Acme Framework" { version "1.0" }',
    ),
    "L112": Code(
        "a policy without a source",
        "Nothing says which published text this encodes, so nobody can check that it does.\n\n"
        '    policy acme { version "1.0" }      # wrong\n'
        '    policy acme { version "1.0"  source "Acme Safety Framework, 3 May 2026" }',
    ),
    "L113": Code(
        "a text that was never written",
        "A title, a citation or another text is empty, or holds the place of what was to be written.\n\n"
        '    rule ceiling "TBD" { forbid deploy }      # wrong\n'
        '    rule ceiling "No release above medium" { forbid deploy }',
    ),
    "L114": Code(
        "two declarations with one title",
        "Two rules, categories or other declarations of one kind have the same title. In a report nobody can tell\n"
        "them apart, and often one was copied from the other and not finished.\n\n"
        '    rule high "No release above medium" { … }\n'
        '    rule critical "No release above medium" { … }      # wrong',
    ),
    "L115": Code(
        "two tests with one title",
        "`policyc test --only TITLE` and every report tell tests by their titles.\n\n"
        '    test "high blocks" { … }   test "high blocks" { … }      # wrong\n'
        '    test "high blocks release" { … }   test "high blocks training" { … }',
    ),
    # Thresholds
    "L201": Code(
        "a boundary drawn in two ways",
        "A measure is compared with `>=` or `<`, which count the value itself as reached, and elsewhere with `>`\n"
        "or `<=`, which do not. Frameworks use both (more than twice the compute, at least 1e26 FLOP), and a\n"
        "paraphrase easily turns one into the other.\n\n"
        "    high when ctf >= 20%   critical when ctf > 60%      # is exactly 60 % critical?",
    ),
    "L202": Code(
        "a boundary that the text draws on the other side",
        "The title of a declaration, what it cites, or a clause it names says `more than` where the condition\n"
        "says at least, or the other way round. Exactly that value is then judged against the text.\n\n"
        '    clause C "Evaluated again at more than 2x the compute"\n'
        "    evaluate every 2x effective_compute cites C       # wrong: 2x itself counts\n"
        "    evaluate beyond 2x effective_compute cites C",
    ),
    "L203": Code(
        "a score compared for equality",
        "A score is hardly ever exactly a number, and under `confidence` it is never known to be.\n\n"
        "    high when ctf = 20%      # wrong\n"
        "    high when ctf >= 20%",
    ),
    "L204": Code(
        "thresholds that are almost the same",
        "One measure is compared with two numbers that lie within a twentieth of one another. Often one of them\n"
        "was changed and the other forgotten.\n\n"
        "    high when ctf >= 20%   rule r { when ctf.post >= 20.5% forbid deploy }      # wrong?",
    ),
    "L205": Code(
        "a threshold a hundred times another",
        "A share was written as a percentage: `0.2%` where `20%` is meant.\n\n"
        "    high when ctf >= 20%   rule r { when ctf.post >= 0.2% forbid deploy }      # wrong?",
    ),
    "L206": Code(
        "a threshold written again and again",
        "One threshold stands in three places or more. Whoever changes it must find them all, and a forgotten one\n"
        "is a gap that no test of the others shows.\n\n"
        "    define uplift as ctf.post_mitigation >= 20%      # and name it where it is wanted",
    ),
    "L207": Code(
        "a threshold that only a perfect score reaches",
        "At 100 % a single task that is broken, refused or badly graded keeps the danger from being shown.\n\n"
        "    critical when exploits >= 100%      # wrong\n"
        "    critical when exploits >= 90%",
    ),
    "L211": Code(
        "a rate written as a share",
        "Other rates of the policy are in percent, so that `0.2` and `0.2%` are easily taken for one another; and\n"
        "`1`, which is 100 %, reads like 1 %. The fix writes the same number in percent.\n\n"
        "    high when ctf >= 0.2   critical when ctf >= 60%      # wrong\n"
        "    high when ctf >= 20%   critical when ctf >= 60%",
    ),
    "L212": Code(
        "an example used as a threshold",
        "The text beside a threshold calls its number an example. What a framework names for illustration it does\n"
        "not promise, and a level that nobody set decides in its name.\n\n"
        '    clause C "Faster, e.g. 2x the time saved"\n'
        "    category cyber: risk { medium when speedup >= 2x  cites C }      # wrong\n"
        "    category cyber: risk { assessed by safety_team  cites C }",
    ),
    "L213": Code(
        "a baseline without a year",
        "What experts, existing tools or the state of the art can do moves from year to year, and a threshold set\n"
        "against it moves along. Frameworks name the year of their baseline.\n\n"
        '    measure uplift: factor "speed against existing tools"               # wrong\n'
        '    measure uplift: factor "speed against existing tools of 2023"',
    ),
    "L214": Code(
        "a measure that may count the wrong way round",
        "By its name a higher value is safer, and nothing says which end is worse, so that higher counts as\n"
        "worse. Weak evidence can then permit.\n\n"
        "    measure refusal_rate: rate                              # wrong\n"
        "    measure refusal_rate: rate { worse when lower }",
    ),
    "L215": Code(
        "a threshold without a sample size",
        "A run of a single task qualifies for the measure, and a threshold is judged on it.\n\n"
        "    measure ctf: rate                       # wrong\n"
        "    measure ctf: rate { needs n >= 50 }",
    ),
    "L216": Code(
        "a sample too small for its threshold",
        "The policy takes scores for exact, and so few tasks would likely show nothing of a model right at the\n"
        "threshold: of ten tasks, a model that does one in twenty shows none more often than not.\n\n"
        "    measure ctf: rate { needs n >= 10 }   high when ctf >= 5%      # wrong\n"
        "    measure ctf: rate { needs n >= 60 }",
    ),
    "L217": Code(
        "thresholds without confidence",
        "Scores of samples are judged as if they were exact: 4 of 20 tasks count as 20 %, whatever another 20\n"
        "would have shown. With `confidence` a level counts as not reached only when the evidence shows it.\n\n"
        '    policy acme { version "1" }                       # wrong\n'
        '    policy acme { version "1"  confidence 95% }',
    ),
    "L218": Code(
        "a threshold without a margin",
        "Testing misses some of what a model can do, and models improve between tests. A margin moves what must\n"
        "be shown away from the threshold.\n\n"
        "    measure ctf: rate { needs n >= 50  margin 5% }",
    ),
    "L219": Code(
        "a margin as wide as a level",
        "With this margin every score that shows the lower of two levels leaves the higher one open, so that\n"
        "nothing is ever known to be at the lower one.\n\n"
        "    measure ctf: rate { margin 15% }   medium when ctf >= 20%   high when ctf >= 30%      # wrong\n"
        "    measure ctf: rate { margin 5% }",
    ),
    "L220": Code(
        "a level that makes no difference",
        "No condition tells the level from the one below: whatever the policy asks for there, it asks for below\n"
        "as well. That may be so in the published text, and readers expect otherwise.\n\n"
        "    levels risk: low < medium < high\n"
        "    rule ceiling { when any category >= high forbid deploy }      # nothing follows from medium",
    ),
    "L221": Code(
        "a level that is jumped over",
        "A category has conditions for a level below and one above, none for this one, and nobody assesses it: it\n"
        "is never at that level.\n\n"
        "    levels risk: low < medium < high < critical\n"
        "    category cyber: risk { medium when ctf >= 5%  critical when ctf >= 60% }      # and high?",
    ),
    "L222": Code(
        "a category left out without a word",
        "A quantifier excepts a category, and neither a citation nor a comment says why.\n\n"
        "    rule r { when any category except persuasion >= high forbid deploy }      # wrong\n"
        '    rule r { when any category except persuasion >= high forbid deploy  cites "§ 3: tracked only" }',
    ),
    "L223": Code(
        "a stage that nothing asks about",
        "No condition speaks of the stage, so that whatever is measured there changes nothing. Frameworks that\n"
        "judge models before and after mitigations ask for different things at each.\n\n"
        "    stage forecast      # wrong, unless some rule asks: `when any category.forecast >= high`",
    ),
    "L224": Code(
        "a release judged before mitigations",
        "A rule forbids a release by what the model shows before mitigations, although a stage after them is\n"
        "declared: no mitigation ever lifts it. Some frameworks mean that; then a comment or a citation says so.\n\n"
        "    rule ceiling { when any category.pre_mitigation >= high forbid deploy }       # meant?\n"
        "    rule ceiling { when any category.post_mitigation >= high forbid deploy }",
    ),
}
