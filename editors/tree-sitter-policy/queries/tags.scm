(policy name: (name) @name) @definition.module
(levels name: (name) @name) @definition.type
(stage name: (name) @name) @definition.constant
(action name: (path) @name) @definition.function
(role name: (name) @name) @definition.constant
(attribute name: (name) @name) @definition.field
(parameter name: (name) @name) @definition.constant
(event name: (name) @name) @definition.constant
(control name: (name) @name) @definition.interface
(measure name: (name) @name) @definition.constant
(category name: (name) @name) @definition.class
(define name: (name) @name) @definition.macro
(rule name: (name) @name) @definition.method
(exception name: (name) @name) @definition.method
(duty name: (name) @name) @definition.method
(clause name: (name) @name) @definition.constant
(invariant name: (name) @name) @definition.method
(situation name: (name) @name) @definition.macro

(reference . (name) @name) @reference.constant
(forbid (paths (path) @name)) @reference.call
(cites (name) @name) @reference.constant
