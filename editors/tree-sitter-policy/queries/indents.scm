"{" @indent.begin
"(" @indent.begin
"}" @indent.branch @indent.end
")" @indent.branch @indent.end
(comment) @indent.ignore
