"""What is wrong with evidence: E1xx its files, E2xx it against a policy, E3xx logs of eval tools."""

from policylang.codes.code import Code

EVIDENCE: dict[str, Code] = {
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
}
