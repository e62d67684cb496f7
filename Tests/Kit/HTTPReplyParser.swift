/// What a server sent is no HTTP response.
public struct MalformedReply: Error {
  public let bytes: String
}

/// Reads one HTTP/1.1 response from the front of what has come so far. It knows just what tests meet: a counted body, a
/// chunked one, none, and one that ends with the connection.
struct HTTPReplyParser {
  /// A response to HEAD carries the length of a body that does not follow.
  var withoutBody = false

  /// Nil while bytes are missing. `ended` says that no more will come.
  func parse(_ bytes: [UInt8], ended: Bool) throws -> (reply: HTTPReply, used: Int)? {
    guard let head = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = bytes[..<head.lowerBound].split(separator: 0x0A, omittingEmptySubsequences: false).map(text)
    let words = lines[0].split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
      throw MalformedReply(bytes: lines[0])
    }
    let headers = lines.dropFirst().map(header)
    let rest = bytes[head.upperBound...]
    guard let body = try body(status: status, headers: headers, rest, ended: ended) else { return nil }
    return (HTTPReply(status: status, headers: headers, body: body.content), body.end)
  }

  private func text(_ line: ArraySlice<UInt8>) -> String {
    String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
  }

  private func header(_ line: String) -> (name: String, value: String) {
    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(parts[0]), parts.count < 2 ? "" : String(parts[1].drop { $0 == " " }))
  }

  private func body(
    status: Int,
    headers: [(name: String, value: String)],
    _ rest: ArraySlice<UInt8>,
    ended: Bool
  ) throws -> (content: [UInt8], end: Int)? {
    func value(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
    if withoutBody || status < 200 || status == 204 || status == 304 { return ([], rest.startIndex) }
    if value("transfer-encoding")?.lowercased() == "chunked" { return try chunked(rest) }
    if let count = value("content-length").flatMap(Int.init) {
      return rest.count < count ? nil : (Array(rest.prefix(count)), rest.startIndex + count)
    }
    return ended ? (Array(rest), rest.endIndex) : nil
  }

  private func chunked(_ bytes: ArraySlice<UInt8>) throws -> (content: [UInt8], end: Int)? {
    var content: [UInt8] = []
    var rest = bytes
    while let newline = rest.firstIndex(of: 0x0A) {
      let line = text(rest[..<newline])
      guard let count = Int(line.prefix { $0 != ";" }, radix: 16) else { throw MalformedReply(bytes: line) }
      let chunk = rest[(newline + 1)...]
      guard chunk.count >= count + 2 else { return nil }
      if count == 0 { return (content, chunk.startIndex + 2) }
      content += chunk.prefix(count)
      rest = chunk.dropFirst(count + 2)
    }
    return nil
  }
}
