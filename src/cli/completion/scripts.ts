/** Shells that a completion script exists for. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

export type Shell = (typeof SHELLS)[number];

/*
 * Each script hands the words over to `devicelab __complete -- WORD…`, which answers a line for each candidate, `value TAB description`,
 * or the one line `:folders`.
 */

const bash = `# devicelab: completion for bash
_devicelab() {
	local line value cur=\${COMP_WORDS[COMP_CWORD]}
	COMPREPLY=()
	while IFS= read -r line; do
		value=\${line%%$'\\t'*}
		if [[ $line == :folders ]]; then
			compopt -o filenames 2>/dev/null
			while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -d -- "$cur")
		elif [[ $cur == [\\"\\']* ]]; then
			COMPREPLY+=("$value")
		else
			COMPREPLY+=("$(printf '%q' "$value")")
		fi
	done < <(devicelab __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _devicelab devicelab
`;

const zsh = `#compdef devicelab
# devicelab: completion for zsh
_devicelab() {
	local line
	local -a values typed=("\${(@Q)words[2,CURRENT]}")
	for line in "\${(@f)$(devicelab __complete -- "\${typed[@]}" 2>/dev/null)}"; do
		if [[ $line == :folders ]]; then
			_path_files -/
		elif [[ -n $line ]]; then
			values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
		fi
	done
	(( $#values )) && _describe devicelab values
}
if [[ $funcstack[1] == _devicelab ]]; then
	_devicelab "$@"
else
	compdef _devicelab devicelab
fi
`;

const fish = `# devicelab: completion for fish
function __devicelab_complete
	set -l typed (commandline -opc) (commandline -ct)
	for line in (devicelab __complete -- $typed[2..-1] 2>/dev/null)
		if test "$line" = ":folders"
			__fish_complete_directories (commandline -ct)
		else
			echo $line
		end
	end
end
complete -c devicelab -f -a '(__devicelab_complete)'
`;

const powershell = `# devicelab: completion for PowerShell
Register-ArgumentCompleter -Native -CommandName devicelab -ScriptBlock {
	param($wordToComplete, $commandAst, $cursorPosition)
	$typed = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { "$($_.Extent.Text)".Trim('"', "'") })
	if ($wordToComplete -eq '') { $typed += '' }
	devicelab __complete -- @typed 2>$null | Where-Object { $_ -ne ':folders' } | ForEach-Object {
		$value, $description = $_ -split [char]9, 2
		$text = if ($value -match '[\\s"'']') { "'" + ($value -replace "'", "''") + "'" } else { $value }
		[System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $(if ($description) { $description } else { $value }))
	}
}
`;

/** The script that makes a shell complete this program's command lines. */
export const completionScripts: Record<Shell, string> = { bash, zsh, fish, powershell };
