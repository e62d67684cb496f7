/// A value that an `Encodable` is still writing. It may fill several containers by turns, so they are references.
final class JSONDraft {
  private enum Content {
    case scalar(JSONValue)
    case array([JSONDraft])
    case object([String: JSONDraft])
  }

  /// A type that writes nothing at all is an object without members.
  private var content = Content.object([:])

  var count: Int { if case .array(let elements) = content { elements.count } else { 0 } }

  func set(_ value: JSONValue) { content = .scalar(value) }

  /// Makes this an object, or leaves it the one it is: a type may ask for its container twice.
  func becomeObject() {
    if case .object = content { return }
    content = .object([:])
  }

  func becomeArray() {
    if case .array = content { return }
    content = .array([])
  }

  /// The place of a member, which takes that of an earlier one of the same name.
  func member(_ name: String) -> JSONDraft {
    guard case .object(var members) = content else { preconditionFailure("no object") }
    let draft = JSONDraft()
    content = .object([:])
    members[name] = draft
    content = .object(members)
    return draft
  }

  func element() -> JSONDraft {
    guard case .array(var elements) = content else { preconditionFailure("no array") }
    let draft = JSONDraft()
    content = .array([])
    elements.append(draft)
    content = .array(elements)
    return draft
  }

  func write(to writer: inout JSONWriter) {
    switch content {
    case .scalar(let value): writer.value(value)
    case .array(let elements):
      writer.beginArray()
      for element in elements { element.write(to: &writer) }
      writer.endArray()
    case .object(let members):
      writer.beginObject()
      for (name, member) in members.sorted(by: { $0.key < $1.key }) {
        writer.name(dynamic: name)
        member.write(to: &writer)
      }
      writer.endObject()
    }
  }
}
