# SPDX-License-Identifier: GPL-2.0-only
# complete.zsh FOLDER LINE: start a zsh with the completion in FOLDER on a
# terminal of its own, press TAB after LINE, print what it shows.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT=; stty rows 300 cols 200 -echo; unsetopt alwayslastprompt
	fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -D -u
	bindkey '^I' list-choices; PROMPT='@''@ '"
zpty -r -m shell text '*@@ *'
zpty -w -n shell $2$'\t'
# The list is there when the line is shown again below it.
zpty -r -m shell text '*@@ *'
print -r -- $text
