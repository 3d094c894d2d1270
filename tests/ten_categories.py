"""A policy of ten categories, three stages and four levels, as a framework would have it: pictures of it are judged."""

AREAS = {
    "cybersecurity": ("Cybersecurity", "ctf_professional", "novel_exploit"),
    "chemical": ("Chemical weapons", "synthesis_protocols", "novel_agent"),
    "biological": ("Biological weapons", "wet_lab_protocols", "enhanced_pathogen"),
    "nuclear": ("Nuclear and radiological", "enrichment_questions", "device_design"),
    "persuasion": ("Persuasion", "opinion_change", "mass_influence"),
    "autonomy": ("Model autonomy", "long_tasks", "self_exfiltration"),
    "ai_research": ("AI research", "research_tasks", "recursive_gain"),
    "deception": ("Deception", "hidden_goals", "sabotage"),
    "replication": ("Autonomous replication", "replication_steps", "escape"),
    "surveillance": ("Mass surveillance", "profiling", "tracking_at_scale"),
}

_HEAD = """\
policy ten "A framework of ten categories" { version "3.1" source "made to be drawn" confidence 95% }
levels risk: low < medium < high < critical
levels hardening: sl1 < sl2 < sl3 < sl4
levels elicitation: none < prompted < fine_tuned
stage pre_mitigation "elicited, before mitigations"
stage post_mitigation "as released"
stage forecast "expected within six months"
action develop.capabilities "training that raises capability"
action develop.safety "training that only makes it safer"
action deploy.external "release outside the company"
action deploy.partner "release to chosen partners"
action deploy.internal "use inside the company"
role leadership
role board
role advisory_group
role security "head of security"
attribute elicitation: elicitation
event incident "a serious incident"
control weight_security: hardening "weights are protected" { attested by security valid 180 days }
control refusals "operational requests are refused" { holds when refusal_rate.post_mitigation >= 99% }
control monitoring "misuse is watched for" { attested by security holds when misuse_found <= 2% }
control trusted_access "only known parties have access" { attested by leadership }
measure refusal_rate: rate "requests refused" { worse when lower needs n >= 200 }
measure misuse_found: rate unstaged "misuse that got through" { needs n >= 500 }
define grave as any category.pre_mitigation >= critical or incident
"""

_AREA = """\
measure {score}: rate "{title}: tasks solved" {{
  from inspect "suite/{score}" metric "accuracy"
  margin 2%
  needs n >= 60, elicitation >= fine_tuned
}}
measure {finding}: finding "{title}: shown by experts"
category {name}: risk "{title}" {{
  medium   when {score} >= 10%
  high     when {score} >= 30% or {finding}
  critical when {score} >= 60% and {finding}
  assessed by advisory_group
  cites "annex A, {title}"
}}
"""

_RULES = """\
rule deployment_ceiling "Only medium or below may be deployed" {
  when any category.post_mitigation >= high
  forbid deploy.external, deploy.partner
  cites "4.1"
}
rule development_ceiling "Nothing critical is trained further" {
  when any category.post_mitigation >= critical
  forbid develop.capabilities, deploy
  cites "4.2"
}
rule weights_protected "What is high is kept where it cannot be taken" {
  when any category.pre_mitigation >= high or any category.forecast >= high
  require weight_security >= sl3 before develop.capabilities, deploy
  cites "4.3"
}
rule weights_protected_further "What is critical is kept from states" {
  when any category.pre_mitigation >= critical
  require weight_security >= sl4 before develop.capabilities, deploy
  cites "4.4"
}
rule independent_mitigations "Two mitigations that do not fail together" {
  when any category.pre_mitigation >= high
  require at least 2 of (refusals, monitoring, trusted_access) before deploy
  cites "4.5"
}
rule biology_and_chemistry "Weapons of mass destruction need the board" {
  when biological.pre_mitigation >= high or chemical.pre_mitigation >= high
  require approval of board before deploy.external
  cites "5.1"
}
rule many_at_once "Three at medium together are looked at as one" {
  when at least 3 category.pre_mitigation >= medium
  require consultation of advisory_group before deploy
  cites "5.2"
}
rule grave_matters "The board hears of grave matters" {
  when grave
  notify board within 24 hours
  require approval of board before develop.capabilities
  cites "5.3"
}
rule advisory_review "Every release is reviewed" {
  require approval of advisory_group before deploy
  cites "6"
}
rule autonomy_watched "Autonomy inside the company is watched" {
  when autonomy.pre_mitigation >= high or replication.pre_mitigation >= high or deception.pre_mitigation >= high
  require monitoring before deploy.internal
  cites "5.4"
}
rule research_paused "Research that speeds itself up is paused" {
  when ai_research.pre_mitigation >= critical and not refusals
  forbid develop.capabilities
  cites "5.5"
}
exception known_and_guarded to deployment_ceiling "what others released, guarded better" {
  when trusted_access and monitoring
  require approval of board
}
leadership, board may veto deploy, develop
duty report "a report on evaluations" { by leadership to board every 3 months }
"""


def ten_categories() -> str:
    """The text of the policy."""
    areas = (
        _AREA.format(name=name, title=title, score=score, finding=finding)
        for name, (title, score, finding) in AREAS.items()
    )
    return _HEAD + "".join(areas) + _RULES
