import JSON
import Wire

/// The fields of a request as a client wrote them; each reading names the field at fault.
struct Fields {
  private let object: JSONObject

  init(_ submission: Submission) throws(Failure) {
    guard let value = try? submission.fields.value(), let object = value.object else { throw .invalid("body") }
    self.object = object
  }

  /// Refuses the first of the names that is absent or null; the empty text counts as there.
  func require(_ names: String...) throws(Failure) {
    for name in names where isAbsent(name) { throw .missing(name) }
  }

  /// A text of at most so many bytes; absent reads as empty.
  func text(_ name: String, atMost limit: Int = 65_536) throws(Failure) -> String {
    guard !isAbsent(name) else { return "" }
    guard let text = object[name]?.string, text.utf8.count <= limit, text.isStorable else { throw .invalid(name) }
    return text
  }

  /// A value that a form holds as JSON text, and a JSON body as such or as text too. A text that is no JSON is read once
  /// more with the end that it may have lost.
  func json(_ name: String, lostEnd: String? = nil) throws(Failure) -> JSONValue {
    guard let value = object[name], !value.isNull, value != .string("") else { throw .missing(name) }
    guard let text = value.string else { return value }
    if let parsed = try? JSONValue(parsing: Array(text.utf8)) { return parsed }
    guard let lostEnd, let parsed = try? JSONValue(parsing: Array((text + lostEnd).utf8)) else { throw .invalid(name) }
    return parsed
  }

  /// A list held like `json`, of at most so many elements.
  func list(_ name: String, atMost limit: Int, lostEnd: String? = nil) throws(Failure) -> [JSONValue] {
    guard let list = try json(name, lostEnd: lostEnd).array, list.count <= limit else { throw .invalid(name) }
    return list
  }

  private func isAbsent(_ name: String) -> Bool { object[name]?.isNull ?? true }
}

extension String {
  /// PostgreSQL's texts cannot hold NUL.
  var isStorable: Bool { !utf8.contains(0) }
}
