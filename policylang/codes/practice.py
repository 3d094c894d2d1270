"""What a policy says and a careful reader would not let stand: L3xx evidence, L4xx governance, L5xx clocks."""

from policylang.codes.code import Code

PRACTICE: dict[str, Code] = {
    # Evidence: what may show that a model is safe
    "L301": Code(
        "a measure of which any run counts",
        "A level is ruled out by a reading that qualifies, and this measure asks nothing of how the model was tried:\n"
        "one prompt, no tools, no fine-tuning. A weak run shows danger, and should not show that there is none.\n\n"
        "    measure ctf: rate { needs n >= 40 }                                       # any effort will do\n"
        "    measure ctf: rate { needs n >= 40, elicitation >= fine_tuned, held_out }",
    ),
    "L302": Code(
        "a measure that asks for less effort than the others",
        "Most measures that set levels ask how hard the model was pushed, and this one does not. What is tried least\n"
        "looks safest.\n\n"
        "    measure ctf: rate { needs elicitation >= fine_tuned, held_out }\n"
        "    measure bio: rate { needs held_out }                        # and `elicitation >= fine_tuned`?",
    ),
    "L303": Code(
        "what yields no result counts as safe",
        "Tasks that the model refuses, leaves out or breaks off count as not solved. A model that holds back, or a\n"
        "harness that fails, then looks harmless. Left out, such a task counts as dangerous where safety is shown and\n"
        "as harmless where danger is.\n\n"
        "    measure ctf: rate { refusal as safe }         # able, and unwilling: counted as unable\n"
        "    measure ctf: rate { refusal as missing }      # or leave it out",
    ),
    "L304": Code(
        "attempts that count as tasks",
        "Attempts at one task resemble each other: ten of one task prove less than ten tasks. Counted as tasks of\n"
        "their own they make the bounds too narrow, and a dangerous model passes more often than the\n"
        "confidence says.\n\n"
        "    measure ctf: rate { unit sample }      # 40 tasks, ten attempts each: as if they were 400\n"
        "    measure ctf: rate { unit task }        # 40, each with the mean of its attempts",
    ),
    "L305": Code(
        "an eval without its version",
        "Tasks are added, answers mended and scoring changed, and scores change with that. A threshold belongs to one\n"
        "version; results of another say something else.\n\n"
        '    from inspect "inspect_evals/cybench"                    # whichever version was run\n'
        '    from inspect "inspect_evals/cybench" version "2"',
    ),
    "L306": Code(
        "a measure that no eval feeds",
        "Other measures take their results from the logs of an eval. What is typed in by hand is not recomputed from\n"
        "the samples, and nobody sees what was left out.\n\n"
        '    measure ctf: rate { from inspect "inspect_evals/cybench" version "2" }\n'
        "    measure bio: rate                                       # from where?",
    ),
    "L307": Code(
        "runs that nobody announced",
        "A confidence holds for a run that is reported whatever comes out. Whoever may run again and show the best\n"
        "passes at last. With `runs registered` every run that was begun counts; `across attempts` makes each new try\n"
        "harder.\n\n"
        "    confidence 95%\n"
        "    measure ctf: rate { needs n >= 40 }                       # of five runs the best is shown\n"
        "    measure ctf: rate { needs n >= 40  runs registered }",
    ),
    "L308": Code(
        "no measure asks for an independent run",
        "Whoever wants to release a model also makes the results on which its release depends. One evaluation that\n"
        "somebody else repeats tells whether the others can be trusted.\n\n"
        "    measure ctf: rate { needs independent, held_out }",
    ),
    "L309": Code(
        "an attestation that need never expire, where others must",
        "Most attestations of this policy count for a time. This one counts until somebody says otherwise, perhaps\n"
        "because the time was forgotten.\n\n"
        "    control weight_security { attested by head_of_security valid 180 days }\n"
        "    control access_control  { attested by head_of_security }        # true for how long?",
    ),
    "L310": Code(
        "attestations that need never expire",
        "A safeguard that was in place once is not in place for ever. Unless an attestation states its own end, it\n"
        "holds on the last day as on the first.\n\n"
        "    control refusals { attested by safety_team }\n"
        "    control refusals { attested by safety_team valid 180 days }",
    ),
    "L311": Code(
        "safeguards that nobody measures",
        "Every safeguard that some rule requires holds because a role says so. What can be measured should be: how\n"
        "often the model refuses, how much misuse is caught.\n\n"
        "    control refusals { attested by safety_team }\n"
        "    control refusals { attested by safety_team  holds when refusal_rate >= 99% }",
    ),
    "L312": Code(
        "an undefined control among those to choose from",
        "Some of several controls are enough, and one of them is undefined: it never holds, so the choice is smaller\n"
        "than it looks.\n\n"
        "    control asl_4 { undefined }\n"
        "    rule r { require at least 1 of (asl_3, asl_4) before deploy }      # `asl_3`, in truth",
    ),
    "L313": Code(
        "a category that nobody may raise",
        "Scores show what was thought of when the evaluations were made. Where nobody may judge, a danger that none\n"
        "of them measures has no level. An assessment raises a level and never lowers it.\n\n"
        "    category cyber: risk { high when ctf >= 20% }\n"
        "    category cyber: risk { high when ctf >= 20%  assessed by safety_team }",
    ),
    "L314": Code(
        "a category on which no score bears",
        "Its level is whatever the role says that assesses it. That may be the best there is; it cannot be checked\n"
        "from outside, and no result however grave raises it.\n\n"
        "    category bio: risk { assessed by safety_team }\n"
        "    category bio: risk { high when protocols >= 54%  assessed by safety_team }",
    ),
    "L315": Code(
        "evaluations that the model may see through",
        "Models notice that they are tested, say so in their transcripts, and may do less than they can. No measure\n"
        "asks for what was seen of it, so a low score of such a run counts as evidence of safety.\n\n"
        "    attribute eval_awareness: rate\n"
        "    measure ctf: rate { needs elicitation >= fine_tuned, eval_awareness <= 10% }",
    ),
    # Governance: ways out
    "L401": Code(
        "a waiver of one's own part",
        "The role may waive the rule that asks something of it: its own approval, its own attestation. The rule then\n"
        "asks for nothing.\n\n"
        "    rule review { require approval of leadership before deploy  waivable by leadership }     # wrong\n"
        "    rule review { require approval of leadership before deploy  waivable by board }",
    ),
    "L402": Code(
        "a waiver by the one who decides",
        "The role decides on the action and may waive the rule that holds it up, so nothing holds it up that this\n"
        "role does not want. A published framework may mean just that.\n\n"
        "    rule advice { require consultation of safety_team before deploy  waivable by leadership }\n"
        "    rule decide { require approval of leadership before deploy }",
    ),
    "L403": Code(
        "a prohibition that one role lifts in silence",
        "A waiver of a rule that forbids takes one role and tells nobody. What the rule says is to be told within a\n"
        "time stands all the same, waived or not.\n\n"
        "    rule ceiling { when any category >= high  forbid deploy  waivable by leadership }\n"
        "    rule ceiling { when any category >= high  forbid deploy  waivable by leadership\n"
        "                   notify board within 24 hours }",
    ),
    "L404": Code(
        "an exception for the asking",
        "The exception holds once something is recorded, and asks for nothing in return. Such clauses, about what\n"
        "competitors do above all, are how a framework is left.\n\n"
        "    exception rivals to ceiling { when rival_released }\n"
        "    exception rivals to ceiling { when rival_released  require approval of board valid 90 days }",
    ),
    "L405": Code(
        "an exception that is approved once and for all",
        "It takes an approval, and no time after which that must be given anew. Unless the approval states its own\n"
        "end, the rules stay lifted when the reason is gone.\n\n"
        "    exception rivals to ceiling { when rival_released  require approval of board }\n"
        "    exception rivals to ceiling { when rival_released  require approval of board valid 90 days }",
    ),
    "L406": Code(
        "an exception that nothing ends",
        "It rests on what is recorded or attested once: nothing in it expires, is measured anew or can cease. The\n"
        "rules that it lifts may stay lifted when the reason is gone.\n\n"
        "    control small_release { attested by lab }\n"
        "    exception testers to review { require small_release }\n"
        "    control small_release { attested by lab valid 30 days }        # now it ends",
    ),
    "L407": Code(
        "an exception granted by those who decide anyway",
        "Who decides on the action also grants the exception to what holds it up, and nobody else is needed. The\n"
        "exception takes nothing that the decision did not take.\n\n"
        "    rule decide { require approval of ceo before deploy }\n"
        "    exception interim to safeguards { require approval of ceo valid 90 days }         # and of the board?",
    ),
    "L408": Code(
        "an exception that silences a notification",
        "An exception lifts all of a rule, the notification in it too: the body that was to hear of a danger does not\n"
        "hear of it just when it is let through.\n\n"
        "    rule ceiling { when any category >= high  forbid deploy  notify board within 24 hours }\n"
        "    exception rivals to ceiling { … }                  # the board is not told either\n"
        "    rule told { when any category >= high  notify board within 24 hours }      # which stays",
    ),
    # Governance: who holds what in hand
    "L411": Code(
        "a role that approves its own work",
        "The role attests what the action takes, and its approval is the only one: nobody else vouches, judges, is\n"
        "asked or approves. Whoever did the work is a poor judge of it.\n\n"
        "    control safeguards { attested by product_team }\n"
        "    rule ready  { require safeguards before deploy }\n"
        "    rule decide { require approval of product_team before deploy }      # of the board?",
    ),
    "L412": Code(
        "an action that takes the word of one role",
        "What this role attests is all that the action takes of anybody: there is no approval, no advice, no other\n"
        "attestation and no judgement of a level by anybody else.\n\n"
        "    control safeguards { attested by developer }\n"
        "    rule ready { require safeguards before deploy }",
    ),
    "L413": Code(
        "a judge who decides",
        "The role sets the level of a category by judgement, and decides on what follows from that level. A low\n"
        "level spares it a hard decision.\n\n"
        "    category cyber: risk { assessed by safety_team }\n"
        "    rule review { when cyber >= high  require approval of safety_team before deploy }      # of the board?",
    ),
    "L414": Code(
        "several safeguards on one word",
        "Several safeguards are required so that one may fail. Where one role vouches for all of them and nothing is\n"
        "measured, they fail together.\n\n"
        "    control refusals   { attested by product_team }\n"
        "    control monitoring { attested by product_team }      # by security_team?\n"
        "    rule r { require at least 2 of (refusals, monitoring) before deploy }",
    ),
    "L415": Code(
        "an approval that anyone of several can give",
        "Whoever agrees first decides, and whoever would refuse is not asked.\n\n"
        "    require approval of 1 of (ceo, cto, head_of_product) before deploy\n"
        "    require approval of 2 of (ceo, cto, head_of_product) before deploy",
    ),
    "L416": Code(
        "advice without a decision",
        "Before the action some role must be asked, and none must agree. Advice can be heard and passed over, and\n"
        "nobody answers for having done so.\n\n"
        "    rule advice { require consultation of safety_team before deploy }\n"
        "    rule decide { require approval of board before deploy }        # who takes the advice",
    ),
    "L417": Code(
        "no role can stop anything",
        "Rules stop what was thought of. In an incident, or where somebody sees what no rule does, nobody has the\n"
        "right to stop an action that the rules permit.\n\n"
        "    safety_officer, board may veto deploy",
    ),
    "L418": Code(
        "an action on which no level bears",
        "Levels and scores hold up other actions of the same kind, and never this one. Use inside the company is what\n"
        "is often left out so.\n\n"
        "    rule ceiling { when any category >= high  forbid deploy.external }\n"
        "    rule advice  { require consultation of safety_team before deploy.internal }     # at every level",
    ),
    "L419": Code(
        "risks that are looked at one by one",
        "Rules ask for the level of each category, and none for several at once. A model that is just below the bar\n"
        "everywhere passes as one that is far below it.\n\n"
        "    rule ceiling { when any category >= critical  forbid deploy }\n"
        "    rule sum_of_all { when at least 2 category >= high  require approval of board before deploy }",
    ),
    # Governance: who is told, and how long a decision counts
    "L421": Code(
        "a veto by a role that is never told",
        "The role may veto an action. No rule and no duty ever tells it anything, and it has no other part in cases,\n"
        "so it learns of them too late or not at all.\n\n"
        "    board may veto deploy\n"
        "    rule told { notify board before deploy }",
    ),
    "L422": Code(
        "a duty to report to oneself",
        "Who owes the report is among those who get it.\n\n"
        "    duty report { by leadership to leadership, board every 3 months }     # wrong\n"
        "    duty report { by leadership to board every 3 months }",
    ),
    "L423": Code(
        "nobody is told but those who decide",
        "Every notification and every report goes to roles that decide on actions themselves. Nobody who could hold\n"
        "them to account ever hears of anything.\n\n"
        "    rule told { when any category >= high  notify leadership within 24 hours }\n"
        "    rule told { when any category >= high  notify leadership, board within 24 hours }",
    ),
    "L424": Code(
        "a duty of which nobody sees the outcome",
        "The duty is done, and goes to nobody. Whether it was done well, nobody is in a position to say.\n\n"
        "    duty review { by safety_team every 1 year from adopted }\n"
        "    duty review { by safety_team to board every 1 year from adopted }",
    ),
    "L425": Code(
        "an approval that need never expire, where others must",
        "Most approvals of this policy count for a time. This one counts until somebody says otherwise, perhaps\n"
        "because the time was forgotten.\n\n"
        "    require approval of board valid 90 days before deploy\n"
        "    require approval of leadership before deploy              # given on what was known when?",
    ),
    "L426": Code(
        "approvals that need never expire",
        "A decision rests on what was known on its day. Unless an approval states its own end, it lets a model\n"
        "through that has changed, in a world that has.\n\n"
        "    require approval of board before deploy\n"
        "    require approval of board valid 90 days before deploy",
    ),
    # Governance: who may change the policy
    "L431": Code(
        "nobody has to agree to loosening",
        "A policy that one commit can loosen holds nobody to anything. `amend` says whose approval it takes, and\n"
        "`policyc diff --enforce` refuses a revision that lacks it.\n\n"
        "    amend when loosening requires approval of board",
    ),
    "L432": Code(
        "loosening takes less than tightening",
        "What makes the policy laxer is easier to get through than what makes it stricter. Nothing that protects\n"
        "should be harder to put in than to take out.\n\n"
        "    amend when loosening requires approval of leadership                      # and of the board?\n"
        "    amend when tightening requires approval of leadership, approval of board",
    ),
    "L433": Code(
        "a policy that is loosened on advice alone",
        "Somebody must be asked before the policy is loosened, and nobody must agree.\n\n"
        "    amend when loosening requires consultation of board\n"
        "    amend when loosening requires approval of board",
    ),
    "L434": Code(
        "a policy that those may loosen whom it binds",
        "The roles that approve a loosening are those that decide in every case on what the policy holds up. Whoever\n"
        "meets a threshold can move it.\n\n"
        "    rule decide { require approval of leadership before deploy }\n"
        "    amend when loosening requires approval of leadership\n"
        "    amend when loosening requires approval of leadership, approval of board",
    ),
    "L435": Code(
        "an extension that may be looser",
        "The policy is laid over another and may replace any part of it. `only stricter` is proved for every possible\n"
        "input whenever the policy is compiled, and keeps being proved when either file changes.\n\n"
        '    extends "standard.policy"\n'
        '    extends "standard.policy" only stricter',
    ),
    # Clocks
    "L501": Code(
        "results that never grow old",
        "Nothing says when to evaluate again, and these measures ask nothing of the age of a result. One run shows\n"
        "for all time that a level is not reached, whatever is learnt of drawing out what a model can do.\n\n"
        "    evaluate beyond 2x effective_compute or every 6 months\n"
        "    measure ctf: rate { needs age <= 6 months }               # or each measure for itself",
    ),
    "L502": Code(
        "a cadence without time",
        "Results grow old when the model grows or something happens, and never as time passes. A model that nobody\n"
        "trains further is not evaluated again, although tools and prompts draw more out of it every month.\n\n"
        "    evaluate every 4x effective_compute\n"
        "    evaluate every 4x effective_compute or every 6 months",
    ),
    "L503": Code(
        "a cadence without compute",
        "Results grow old as time passes or when something happens, and never as the model grows. Between two dates\n"
        "it can become another model.\n\n"
        "    evaluate every 6 months\n"
        "    evaluate every 6 months or beyond 2x effective_compute",
    ),
    "L504": Code(
        "results that are too old before they are old enough",
        "The measure asks for results of some age, and by then they are stale. No result ever counts as evidence of\n"
        "safety.\n\n"
        "    evaluate every 1 week\n"
        "    measure ctf: rate { needs age >= 14 days }",
    ),
    "L505": Code(
        "an age that asks for nothing",
        "The measure allows results an age that the cadence of the policy does not: they are stale before.\n\n"
        "    evaluate every 6 months\n"
        "    measure ctf: rate { needs n >= 40, age <= 1 year }        # `age <= 3 months`, or leave it out",
    ),
    "L506": Code(
        "a notification after the next evaluation",
        "The time to tell somebody of a level is longer than results last. When the news arrives, it is old.\n\n"
        "    evaluate every 1 month\n"
        "    rule told { when any category >= high  notify board within 3 months }      # within 24 hours?",
    ),
    "L507": Code(
        "two calendars from one event",
        "One deadline runs in business days and another in days, from the same event. Which ends first depends on\n"
        "holidays, and whoever keeps the one in mind misses the other.\n\n"
        "    duty report { by lab to board within 5 business days of incident }\n"
        "    rule told { notify authority within 7 days of incident }",
    ),
    "L508": Code(
        "a deadline to which nobody is held",
        "The rule is an aim or a recommendation. Its notification is advice, starts no clock and is never overdue.\n\n"
        "    rule told { notify authority within 15 days of incident  strength aim }\n"
        "    rule told { notify authority within 15 days of incident }",
    ),
    "L509": Code(
        "a parameter that is still to be set",
        "The policy below leaves numbers to whoever extends it, and this one gives them no value. Clocks without a\n"
        "length are never overdue, and conditions on them stay open.\n\n"
        '    extends "standard.policy"\n'
        "    set promptly = 2 business days",
    ),
    "L510": Code(
        "a clock without a length",
        "A deadline is a parameter without value: the framework says `promptly` and means no day. Nothing that runs\n"
        "by it is ever overdue.\n\n"
        "    parameter promptly: duration\n"
        "    parameter promptly: duration = 3 business days",
    ),
    "L511": Code(
        "a word that counts for more than a year",
        "An attestation or an approval outlives what it was given on: models, attacks and people change faster.\n\n"
        "    control weight_security { attested by head_of_security valid 3 years }\n"
        "    control weight_security { attested by head_of_security valid 6 months }",
    ),
    "L512": Code(
        "an event that nobody has to report",
        "Evidence grows stale or a rule applies when it happens, and nobody owes anything when it does. What is not\n"
        "recorded has not happened: keeping silent keeps the action permitted.\n\n"
        "    evaluate after breakthrough\n"
        "    rule told { notify safety_team within 3 days of breakthrough }",
    ),
}
