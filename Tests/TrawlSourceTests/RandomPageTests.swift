import Testing
import TrawlCore
import TrawlSource

/// SplitMix64: the same pages in every run.
struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A JSON document as its tokens, so that white space can go between any two of them.
struct Tokens {
    var texts: [String] = []

    mutating func value(_ random: inout Random, depth: Int) {
        switch Int.random(in: 0..<(depth > 4 ? 4 : 7), using: &random) {
        case 0: texts.append(["true", "false", "null"].randomElement(using: &random)!)
        case 1:
            texts.append(
                ["0", "-0.10", "1e400", "123456789012345678901234567890", "7E-2"].randomElement(using: &random)!)
        case 2, 3: texts.append(Self.string(&random))
        case 4: list("[", "]", &random) { tokens, random in tokens.value(&random, depth: depth + 1) }
        default:
            list("{", "}", &random) { tokens, random in
                tokens.texts.append(Self.key(&random))
                tokens.texts.append(":")
                tokens.value(&random, depth: depth + 1)
            }
        }
    }

    mutating func list(
        _ open: String, _ close: String, _ random: inout Random, _ item: (inout Tokens, inout Random) -> Void
    ) {
        texts.append(open)
        for index in 0..<Int.random(in: 0...4, using: &random) {
            if index > 0 { texts.append(",") }
            item(&self, &random)
        }
        texts.append(close)
    }

    static func string(_ random: inout Random) -> String {
        let pieces = [
            "a", " ", "\t".debugDescription.dropFirst().dropLast().description, #"\""#, #"\\"#, #"\ud800"#, "é",
            "\u{1F600}", "{", "]", ",", "  :  ", #"\u0041"#, "0123456789abcdefghij",
        ]
        return "\""
            + (0..<Int.random(in: 0...5, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
            + "\""
    }

    static func key(_ random: inout Random) -> String {
        let keys = [
            "conversationId", "conversationStart", "conversationEnd", "participants", "sessions", "segments", "x",
        ]
        return Bool.random(using: &random) ? "\"\(keys.randomElement(using: &random)!)\"" : string(&random)
    }

    func spaced(_ random: inout Random) -> String {
        texts.map { text in
            let space = (0..<Int.random(in: 0...2, using: &random)).map { _ in
                [" ", "\n", "\t", "\r\n"].randomElement(using: &random)!
            }
            return text + space.joined()
        }.joined()
    }
}

struct RandomPageTests {
    @Test func `white space between tokens changes nothing`() throws {
        var random = Random(state: 1)
        for _ in 0..<3000 {
            var records: [Tokens] = []
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                var tokens = Tokens()
                tokens.value(&random, depth: 0)
                records.append(tokens)
            }
            let compact = records.map { $0.texts.joined() }
            let plain = try split(#"{"conversations":[\#(compact.joined(separator: ","))]}"#).records
            let spaced = records.map { $0.spaced(&random) }.joined(separator: " ,\n")
            let pretty = try split("{ \"conversations\" :\n[ \(spaced) ]\n}").records
            #expect(plain.texts == compact)
            #expect(pretty.lines == plain.lines)
            #expect(pretty.entries == plain.entries)
        }
    }

    @Test func `damaged pages are accepted exactly when they are still JSON`() throws {
        var random = Random(state: 2)
        let page = Array(
            #"{"conversations":[{"conversationId":"\u0041","x":[1.5e3,true,null,"é\""]}, {"participants":[]}],"totalHits":12}"#
                .utf8)
        let alphabet = Array("{}[],:\"\\ \n0129.eE+-truefalsnu".utf8) + [0x00, 0x1F, 0x80, 0xC3, 0xE2, 0xF0, 0xFF]
        var accepted = 0
        for _ in 0..<200_000 {
            var bytes = page
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.remove(at: at)
                case 1: bytes.insert(alphabet.randomElement(using: &random)!, at: at)
                case 2: bytes[at] = UInt8.random(in: 0...255, using: &random)
                default: bytes[at] = alphabet.randomElement(using: &random)!
                }
            }
            do throws(MalformedPage) {
                let records = try splitter.split(bytes).records
                accepted += 1
                guard StrictJSON.accepts(bytes) else {
                    Issue.record("accepted: \(String(decoding: bytes, as: UTF8.self))")
                    continue
                }
                #expect(records.lines.count == records.entries.reduce(0) { $0 + Int($1.length) })
            } catch {
                let isJSON =
                    ![.badTotal, .recordsNotAnArray, .notAnObject].contains(error.reason) && StrictJSON.accepts(bytes)
                #expect(!isJSON, "\(error): \(String(decoding: bytes, as: UTF8.self))")
                #expect((0...bytes.count).contains(error.offset))
            }
        }
        #expect(accepted > 1000)
    }
}
