"""What stops a measurement: E4xx the files of a model, E5xx suites, models and evaluators."""

from policylang.codes.code import Code

MEASURING: dict[str, Code] = {
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
}
