# SPDX-License-Identifier: MIT
# usage: awk -f builtin.awk offsets/*.txt >offsets_builtin.c
#
# Make the files of offsets/ part of the program: as text, less comments and
# alignment.
BEGIN {
	n = 0
}
function end_file() {
	if (n)
		print ";"
}
FNR == 1 {
	end_file()
	name[n] = FILENAME
	sub(/.*\//, "", name[n])
	sub(/\.txt$/, "", name[n])
	if (!n)
		print "#include \"pyabi/abifile.h\"\n"
	printf "static const char text_%d[] =", n++
}
{
	sub(/[ \t]*#.*/, "")
	gsub(/[ \t]+/, " ")
	printf "\n\t\"%s\\n\"", $0
}
END {
	end_file()
	print "\nconst struct abi_builtin abi_builtins[] = {"
	for (i = 0; i < n; i++)
		printf "\t{ \"%s\", text_%d, sizeof(text_%d) - 1 },\n",
			name[i], i, i
	print "};\nconst size_t abi_n_builtins = sizeof(abi_builtins) /"
	print "\tsizeof(abi_builtins[0]);"
}
