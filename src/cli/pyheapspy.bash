# SPDX-License-Identifier: MIT
#
# bash completion.  Commands and options come from the program's own tables.
_pyheapspy()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} program=${COMP_WORDS[0]}
	local options option values

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W \
			"$("$program" help --commands 2>/dev/null) \
			--help --version" -- "$cur")
		return
	fi
	options=$("$program" help --options "$command" 2>/dev/null)

	# "--sort=na" comes as the three words "--sort", "=" and "na".
	option=$prev
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	values=$(sed -n "s/^$option=//p" <<<"$options")
	case $option:$values in
	-o:* | *:FILE)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	*:DIR)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	*:*'|'*)
		mapfile -t COMPREPLY < <(compgen -W "${values//|/ }" -- "$cur")
		return
		;;
	esac

	case $command:$cur in
	*:-*)
		mapfile -t COMPREPLY < <(compgen -W \
			"$(sed 's/=.*/=/' <<<"$options")" -- "$cur")
		[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
		;;
	attach:* | dump:* | garbage:* | inspect:* | stacks:* | why:*)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -W "$("$program" ps \
			2>/dev/null | awk 'NR > 1 { print $1 }')" -- "$cur"
			compgen -f -- "$cur")
		;;
	memory:*)
		mapfile -t COMPREPLY < <(compgen -W "$("$program" ps \
			2>/dev/null | awk 'NR > 1 { print $1 }')" -- "$cur")
		;;
	help:*)
		mapfile -t COMPREPLY < <(compgen -W \
			"$("$program" help --commands 2>/dev/null)" -- "$cur")
		;;
	esac
}
complete -F _pyheapspy pyheapspy
