import JSON
import Kit
import Loop

/// A browser's side of server-sent events: takes the chunks apart and keeps every event.
@LoopActor
final class EventSource {
  struct Event: Equatable {
    let id: Int
    let data: String
  }

  private(set) var events: [Event] = []
  /// Events of kinds of their own, as "kind data".
  private(set) var notices: [String] = []
  private(set) var status = 0
  private(set) var head = ""
  private(set) var isClosed = false
  private var raw: [UInt8] = []
  private var text: [UInt8] = []
  private let stream: TCPStream
  private let change = Change()

  init(_ port: Int, _ target: String, headers: [(String, String)]) async throws {
    stream = try await TCPStream.connect(to: SocketAddress.resolve(host: "127.0.0.1", port: port))
    stream.whenReceived { self.take($0) }
    stream.closed = { _ in
      self.isClosed = true
      self.change.announce()
    }
    let lines = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
    stream.write(Array("GET \(target) HTTP/1.1\r\nHost: x\r\n\(lines)\r\n".utf8))
  }

  func close() { stream.close() }

  private func take(_ piece: [UInt8]) {
    raw += piece
    if status == 0 { takeHead() }
    if status == 200 { while takeChunk() {} }
    while let end = text.firstRange(of: [0x0A, 0x0A]) {
      read(String(decoding: text[..<end.lowerBound], as: UTF8.self))
      text.removeSubrange(..<end.upperBound)
    }
    change.announce()
  }

  private func takeHead() {
    guard let end = raw.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
    head = String(decoding: raw[..<end.lowerBound], as: UTF8.self)
    status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? -1
    raw.removeSubrange(..<end.upperBound)
  }

  private func takeChunk() -> Bool {
    guard let line = raw.firstRange(of: [0x0D, 0x0A]) else { return false }
    let length = Int(String(decoding: raw[..<line.lowerBound], as: UTF8.self), radix: 16) ?? 0
    guard length > 0, raw.count >= line.upperBound + length + 2 else { return false }
    text += raw[line.upperBound..<line.upperBound + length]
    raw.removeSubrange(..<(line.upperBound + length + 2))
    return true
  }

  private func read(_ block: String) {
    let fields = block.split(separator: "\n").map { $0.split(separator: ": ", maxSplits: 1).map(String.init) }
    func field(_ name: String) -> String? { fields.first { $0.count == 2 && $0[0] == name }?[1] }
    guard let data = field("data") else { return }
    if let kind = field("event") { notices.append("\(kind) \(data)") }
    if let id = field("id").flatMap({ Int($0) }) { events.append(Event(id: id, data: data)) }
  }

  func opened(within limit: Duration = .seconds(10)) async throws {
    try await change.until("head", within: limit) { status != 0 ? () : nil }
  }

  func has(_ count: Int, within limit: Duration = .seconds(10)) async throws {
    try await change.until("\(count) events", within: limit, seen: { "\(self.events.count) events, \(self.head)" }) {
      events.count >= count ? () : nil
    }
  }

  func hasNotices(_ count: Int, within limit: Duration = .seconds(10)) async throws {
    try await change.until("\(count) notices", within: limit, seen: { "\(self.notices)" }) {
      notices.count >= count ? () : nil
    }
  }

  func closed(within limit: Duration = .seconds(10)) async throws {
    try await change.until("end of the stream", within: limit) { isClosed ? () : nil }
  }
}
