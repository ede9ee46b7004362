/// SHA-256 of a text's UTF-8 bytes, in lower-case hex.
package func sha256(of text: String) -> String {
    SHA256.hex(of: Array(text.utf8))
}
