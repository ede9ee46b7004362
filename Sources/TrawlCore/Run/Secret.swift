/// Text that must not be seen: every textual form of it is a placeholder.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The only way to the text. Each caller is a place to review.
    package let exposed: String

    package init(_ text: String) {
        exposed = text
    }

    package var description: String { "<secret>" }
    package var debugDescription: String { "<secret>" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
