import HTTP
import JSON

/// Polling by script elements, JSONP, for browsers that let a page read no answer of another host (socketio.md 5).
///
/// An answer is a script that calls a function of the page with the payload; what the client says comes as a form.
struct ScriptCallback: Equatable {
  /// Which of the page's functions.
  let index: String

  /// Nil for anything but some decimal digits: the text becomes part of a script.
  init?(_ text: String) {
    guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    index = text
  }

  /// A payload in text form as the script that brings it.
  func script(_ payload: [UInt8]) -> [UInt8] {
    var writer = JSONWriter(reserving: payload.count + 32)
    writer.string(String(decoding: payload, as: UTF8.self))
    return Array("___eio[\(index)](".utf8) + ScriptCallback.escapingLineEnds(writer.bytes) + Array(");".utf8)
  }

  /// U+2028 and U+2029 may stand in JSON and end a line in old JavaScript.
  private static func escapingLineEnds(_ json: [UInt8]) -> [UInt8] {
    var escaped: [UInt8] = []
    escaped.reserveCapacity(json.count)
    var rest = json[...]
    while let byte = rest.popFirst() {
      guard byte == 0xE2, rest.first == 0x80, let last = rest.dropFirst().first, last == 0xA8 || last == 0xA9 else {
        escaped.append(byte)
        continue
      }
      escaped += Array((last == 0xA8 ? "\\u2028" : "\\u2029").utf8)
      rest = rest.dropFirst(2)
    }
    return escaped
  }

  /// The payload in the field `d` of a form; nil without it.
  ///
  /// Forms change the ends of lines, so the client writes them as `\n`, and a backslash before an `n` twice.
  static func payload(ofForm body: [UInt8]) -> [UInt8]? {
    guard let text = PercentCoding.decodePairs(body).first(where: { $0.name == "d" })?.value else { return nil }
    let (backslash, n) = (UInt8(ascii: "\\"), UInt8(ascii: "n"))
    var payload: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == backslash, rest.first == n {
        payload.append(0x0A)
        rest = rest.dropFirst()
      } else if byte == backslash, rest.starts(with: [backslash, n]) {
        payload += [backslash, n]
        rest = rest.dropFirst(2)
      } else {
        payload.append(byte)
      }
    }
    return payload
  }
}
