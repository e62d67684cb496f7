import JSON
import Wire

/// What clients send, judged by the rules of livecounter.md 4 before anything else looks at it.
enum Forms {
  static let nameUnits = 15
  static let commentUnits = 75

  /// The name of a connection.
  static func name(_ value: JSONValue?) throws(Live.Refusal) -> String {
    guard let text = value?.string else { throw .invalidUser }
    let name = PlainText.cleaned(text)
    guard PlainText.isVisible(name), PlainText.units(name) <= nameUnits else { throw .invalidUser }
    return name
  }

  /// The first argument, which must be an object.
  fileprivate static func object(_ arguments: RawJSON?) throws(Live.Refusal) -> JSONObject {
    guard let object = Forms.first(arguments)?.object else { throw .invalidData }
    return object
  }

  static func first(_ arguments: RawJSON?) -> JSONValue? { pair(arguments).first }

  static func pair(_ arguments: RawJSON?) -> (first: JSONValue?, second: JSONValue?) {
    guard let arguments, let values = (try? arguments.value())?.array else { return (nil, nil) }
    return (values.first, values.dropFirst().first)
  }
}

/// A click as a client sends it.
struct ClickForm: Equatable {
  let user: String
  let comment: String?
  let style: String?

  init(_ arguments: RawJSON?) throws(Live.Refusal) {
    let object = try Forms.object(arguments)
    user = try Forms.name(object["user"])
    comment = try ClickForm.comment(object["comment"])
    style = try ClickForm.style(object["style"])
  }

  private static func comment(_ value: JSONValue?) throws(Live.Refusal) -> String? {
    guard let value, !value.isNull else { return nil }
    guard let text = value.string else { throw .invalidComment }
    let comment = PlainText.cleaned(text)
    guard PlainText.units(comment) <= Forms.commentUnits else { throw .invalidComment }
    return comment.isEmpty ? nil : comment
  }

  private static func style(_ value: JSONValue?) throws(Live.Refusal) -> String? {
    guard let value, !value.isNull else { return nil }
    guard let text = value.string else { throw .invalidData }
    return ToastStyle.allowed(text)
  }
}

/// An event as a client sends it; that its name is on the list is proven, that it is allowed now is not.
struct EventForm: Equatable {
  let user: String
  let name: EventName

  init(_ arguments: RawJSON?) throws(Live.Refusal) {
    let object = try Forms.object(arguments)
    let user = try Forms.name(object["user"])
    guard let text = object["name"]?.string else { throw .invalidData }
    guard let name = EventName(rawValue: PlainText.cleaned(text)) else { throw .unknownEvent }
    (self.user, self.name) = (user, name)
  }
}
