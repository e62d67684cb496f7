import JSON
import Wire

/// Takes fields out of a submission and names the one at fault.
///
/// A contract fixes the order in which faults are told: first every absent field in its order, then every bad one. So a
/// form asks `require` for all its fields, then reads them.
struct FieldReader {
  private let object: JSONObject

  init(_ submission: Submission) throws(Failure) {
    guard let value = try? submission.fields.value(), let object = value.object else {
      throw Failure(.invalid, .notAnObject)
    }
    self.object = object
  }

  /// Refuses the first of the fields that is absent, null or the empty text.
  func require(_ names: String...) throws(Failure) {
    for name in names where isAbsent(name) || object[name] == .string("") { throw .missing(name) }
  }

  /// As `require`, but the empty text counts as present.
  func requirePresence(_ names: String...) throws(Failure) {
    for name in names where isAbsent(name) { throw .missing(name) }
  }

  /// A text of that many Unicode scalars; absent reads as empty.
  func text(_ name: String, _ count: ClosedRange<Int> = 0...4096) throws(Failure) -> String {
    guard !isAbsent(name) else { return "" }
    guard let text = object[name]?.string else { throw .invalid(name) }
    return try bounded(text, count, name)
  }

  /// As `text`, without the white space around it.
  func trimmed(_ name: String, _ count: ClosedRange<Int> = 0...4096) throws(Failure) -> String {
    try bounded(text(name).trimmed, count, name)
  }

  /// As `trimmed`; nil when the field is absent or empty.
  func optional(_ name: String, atMost count: Int = 4096) throws(Failure) -> String? {
    let text = try trimmed(name, 0...count)
    return text.isEmpty ? nil : text
  }

  private func isAbsent(_ name: String) -> Bool { object[name] == nil || object[name] == .null }

  /// PostgreSQL's texts cannot hold NUL, and a C library may take it for the end of a password.
  private func bounded(_ text: String, _ count: ClosedRange<Int>, _ name: String) throws(Failure) -> String {
    guard count.contains(text.unicodeScalars.count), !text.utf8.contains(0) else { throw .invalid(name) }
    return text
  }
}
