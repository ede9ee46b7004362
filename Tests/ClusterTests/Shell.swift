import Glibc
import TrawlTestKit

/// A shell with Trawl's completion installed in a lab, as the help page says, and asked what it offers.
enum Shell: String, CaseIterable, Sendable {
    case bash, zsh, fish

    /// Runs the line of `trawl completion --help` that installs it for one user, the lab's directory being their home.
    func install(_ lab: Lab) async throws {
        let page = try await lab.trawl("completion", "--help").output
        let lines = page.split(separator: "\n").map { $0.drop { $0 == " " } }
        guard let line = lines.first(where: { $0.hasPrefix("mkdir") && $0.contains("completion \(rawValue) ") }) else {
            throw TestFailure("the help page does not say how to install for \(rawValue)")
        }
        _ = try await run(lab, "bash", "-c", String(line))
    }

    /// What is offered at the end of each line, in the lab's directory.
    func offers(_ lines: [String], _ lab: Lab) async throws -> [String: Set<String>] {
        try lab.write(lines.joined(separator: "\n"), to: "home/lines")
        let text: String
        switch self {
        case .bash: text = try await run(lab, "bash", "--noprofile", "--norc", "-c", Self.bashScript)
        case .fish: text = try await run(lab, "fish", "-c", Self.fishScript)
        case .zsh:
            try lab.write(Self.zshInside, to: "home/inside.zsh")
            _ = try await run(lab, "zsh", "-f", "-c", Self.zshOutside)
            text = String(decoding: try lab.files("home")["offers"] ?? [], as: UTF8.self)
        }
        var offers: [String: Set<String>] = [:]
        for row in text.split(separator: "\n") {
            let cells = row.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard cells.count > 1 else { throw TestFailure("\(rawValue) said: \(row)") }
            // zsh offers options where no argument is left; the others wait for a dash.
            if cells[1].hasPrefix("-"), !(cells[0].split(separator: " ").last ?? "").hasPrefix("-") { continue }
            if cells[1].hasPrefix("-"), cells[0].hasSuffix(" ") { continue }
            offers[cells[0], default: []].insert(Self.plain(cells[1], after: cells[0]))
        }
        return offers
    }

    /// A program to its end, with the lab's directory `home` as the home.
    func run(_ lab: Lab, _ words: String...) async throws -> String {
        mkdir(lab.path("home"), 0o700)
        let bin = String(try Lab.trawl.dropLast("/trawl".count))
        let process = try await lab.start(
            program: "/usr/bin/env", words,
            environment: [
                "HOME": lab.path("home"), "PATH": "\(bin):/usr/local/bin:/usr/bin:/bin", "TERM": "xterm",
                "LC_ALL": "C.UTF-8",
            ])
        let result = try await process.result()
        guard result.end == .exited(0) else { throw TestFailure("\(words[0]): \(result.end), \(result.error)") }
        return result.output
    }

    /// Without quotes, the slash of a directory, and the option that the value belongs to.
    private static func plain(_ offer: String, after line: String) -> String {
        var offer = offer.replacing("\\", with: "")
        if offer.hasSuffix("/") { offer.removeLast() }
        let word = line.split(separator: " ", omittingEmptySubsequences: false).last ?? ""
        if word.hasPrefix("--"), let sign = word.firstIndex(of: "=") {
            offer.trimPrefix(word[...sign])
        }
        return offer
    }

    /// Words cut as readline cuts them: at blanks, and the signs = and : are words of their own.
    private static let bashScript = #"""
        source /usr/share/bash-completion/bash_completion
        _completion_loader trawl
        COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
        while IFS= read -r COMP_LINE || [[ $COMP_LINE ]]; do
            COMP_POINT=${#COMP_LINE}
            cut=${COMP_LINE//=/ = } cut=${cut//:/ : }
            read -ra COMP_WORDS <<< "$cut"
            [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            COMPREPLY=()
            _trawl
            for offer in "${COMPREPLY[@]}"; do printf '%s\t%s\n' "$COMP_LINE" "$offer"; done
        done < ~/lines
        """#

    private static let fishScript = #"""
        while read -l line
            for offer in (complete -C "$line")
                printf '%s\t%s\n' "$line" (string split \t -- $offer)[1]
            end
        end < ~/lines
        """#

    /// zsh completes only at a terminal: one is made for another zsh.
    private static let zshOutside = #"""
        zmodload zsh/zpty
        zpty inside zsh -f -i
        zpty -w inside 'source ~/inside.zsh'
        zpty -r inside said '*ready to complete*'
        zpty -w -n inside $'\x18'
        while zpty -r inside said; do :; done
        """#

    /// In the inner one a key completes every line in turn and notes what is added.
    private static let zshInside = #"""
        PS1=
        fpath=(~/.zfunc $fpath)
        autoload -Uz compinit
        compinit -u -D
        compadd() {
            # With -A, -D or -O a call only sorts out what another one is to add.
            if (( ! ${@[(I)-[^-]#[ADO]*]} )); then
                local -a hits
                builtin compadd -A hits "$@"
                for hit in $hits; do print -r -- "$asked"$'\t'"$hit" >> ~/offers; done
            fi
            builtin compadd "$@"
        }
        complete-line() { _main_complete; compstate[insert]=; compstate[list]=; }
        zle -C complete-line complete-word complete-line
        complete-all() {
            local asked
            for asked in "${(@f)$(<~/lines)}"; do
                BUFFER=$asked CURSOR=$#asked
                zle complete-line
            done
            BUFFER=exit
            zle accept-line
        }
        zle -N complete-all
        bindkey '^X' complete-all
        print ready to complete
        """#
}
