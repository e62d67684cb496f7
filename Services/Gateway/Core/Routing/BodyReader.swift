import HTTP
import JSON
import Wire

/// Proves the body of a request by its route's rule before anything looks at it.
struct BodyReader {
  /// The body as a JSON object; throws the failures the dialects know as 415 and 400.
  static func object(_ request: HTTPRequest, emptyIsObject: Bool, typeChecked: Bool) throws(Failure) -> RawJSON {
    if typeChecked, !isJSON(request.headers.first("content-type")) {
      throw Failure(.invalid, field: "body", reason: "media_type")
    }
    if request.body.isEmpty, emptyIsObject { return .emptyObject }
    guard let json = try? RawJSON(validating: request.body), json.isObject else { throw .invalid("body") }
    return json
  }

  static func isJSON(_ contentType: String?) -> Bool {
    if contentType == "application/json" { return true }
    guard let type = contentType?.split(separator: ";").first?.trimmed.lowercased() else { return false }
    return type == "application/json" || (type.hasPrefix("application/") && type.hasSuffix("+json"))
  }
}

extension Substring {
  /// Without blanks and tabs at both ends.
  var trimmed: Substring {
    var text = drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }
}

extension Form {
  /// Whether a request carries a form: it says so, or says nothing. No field's name begins with a brace, so what does is
  /// JSON, whatever a client's library said it was.
  static func isForm(_ request: HTTPRequest) -> Bool {
    if request.body.first(where: { !isBlank($0) }) == UInt8(ascii: "{") { return false }
    guard let type = request.headers.first("content-type")?.lowercased() else { return true }
    return type.isEmpty || type.hasPrefix("application/x-www-form-urlencoded")
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
