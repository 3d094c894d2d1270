"""What is wrong with a call: C1xx."""

from policylang.codes.code import Code

CALLS: dict[str, Code] = {
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
    # Beginning a policy
    "C160": Code(
        "files that are there already, or cannot be written",
        "`policyc init` writes all files of a project, or none. It writes over nothing that is there unless it is\n"
        "told to. In a folder that has a page or hooks of its own, leave those files out.\n\n"
        "    policyc init . --dry-run             # which files that would be\n"
        "    policyc init . --skip README.md",
    ),
    "C161": Code(
        "a standard policy that does not exist",
        "`--extends` takes the name of a published framework that ships with us: `policyc init --list` shows them.\n"
        'To lay a policy over one of your own, write `extends "PATH"` in its header.\n\n'
        "    policyc init acme --extends openai/preparedness-2023-12-18",
    ),
    "C162": Code(
        "a name or a title that a policy cannot have",
        "The name of a policy has letters, digits and `_`, and begins with a letter. Without `--name` it is that of\n"
        "the folder. A title is one line of words and plain punctuation.\n\n"
        "    policyc init . --name acme_frontier --title 'Acme Frontier Policy'",
    ),
    # Pictures and explanations
    "C163": Code(
        "a flowchart larger than Mermaid draws",
        "Mermaid, and with it GitHub, draws 50,000 characters and 500 links, and says so in place of what is more.\n"
        "`policyc graph` writes the flowchart and warns. Draw a part of the policy, or all of it as SVG.\n\n"
        "    policyc graph acme.policy --for deploy.external --format mermaid\n"
        "    policyc graph acme.policy --out acme.svg",
    ),
    "C170": Code(
        "a name that the policy does not declare",
        "`policyc explain POLICY NAME` explains a name of the policy: a rule, category, measure, control, role,\n"
        "event, duty, definition, parameter, invariant, clause, stage, attribute, ladder or action. Where a word is\n"
        "none of these and no code either, it is taken for a file of evidence if it is one.\n\n"
        "    $ policyc explain acme.policy deployment_ceiling\n"
        "    $ policyc explain acme.policy measure:ctf",
    ),
}
