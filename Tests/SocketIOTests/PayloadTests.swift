import HTTP
import Testing

@testable import SocketIO

private func text(_ kind: EnginePacket.Kind, _ text: String) -> EnginePacket {
  EnginePacket(kind: kind, data: .text(Array(text.utf8)))
}
private let blob = EnginePacket(kind: .message, data: .binary([1, 2, 3, 4]))

struct Payload4Tests {
  @Test func `packets are joined by 0x1e, blobs as base64`() throws {
    let packets = [text(.message, "hello"), text(.ping, ""), blob]
    let body = Array("4hello\u{1e}2\u{1e}bAQIDBA==".utf8)
    #expect(Payload4.encode(packets) == body)
    #expect(try Payload4.decode(body, limit: 3) == packets)
  }

  @Test(arguments: ["", "\u{1e}", "4a\u{1e}", "7", "x", "b4AQIDBA==", "bAQI", "4a\u{1e}\u{1e}4b"])
  func `what is no payload is refused`(body: String) {
    #expect(throws: EngineFault.self) { try Payload4.decode(Array(body.utf8), limit: 10) }
  }

  @Test func `bytes that are no UTF-8 are refused`() {
    #expect(throws: EngineFault.payload) { try Payload4.decode([0x34, 0xFF], limit: 10) }
  }

  @Test func `more packets than allowed are refused`() throws {
    #expect(try Payload4.decode(Array("4\u{1e}4\u{1e}4".utf8), limit: 3).count == 3)
    #expect(throws: EngineFault.tooMany) { try Payload4.decode(Array("4\u{1e}4\u{1e}4\u{1e}4".utf8), limit: 3) }
  }
}

struct Payload3Tests {
  @Test(arguments: [("€", "2:4€"), ("😀", "3:4😀"), ("", "1:4"), ("a:b", "4:4a:b"), ("1:4", "4:41:4")])
  func `the length of text counts UTF-16 units`(content: String, body: String) throws {
    let packets = [text(.message, content)]
    #expect(String(decoding: Payload3.encodeText(packets), as: UTF8.self) == body)
    #expect(try Payload3.decodeText(Array(body.utf8), limit: 10) == packets)
    let twice = packets + packets
    #expect(try Payload3.decodeText(Payload3.encodeText(twice), limit: 10) == twice)
  }

  @Test func `blobs in text are base64 behind a b and the kind`() throws {
    let body = Array("6:4hello10:b4AQIDBA==".utf8)
    #expect(Payload3.encodeText([text(.message, "hello"), blob]) == body)
    #expect(try Payload3.decodeText(body, limit: 10) == [text(.message, "hello"), blob])
  }

  @Test func `an empty entry is skipped`() throws {
    #expect(try Payload3.decodeText(Array("0:2:4a".utf8), limit: 10) == [text(.message, "a")])
  }

  @Test(arguments: [
    "", "abc", "4", "3:4a", "1:4a", "-1:4", "+1:4", " 1:4", "1e0:4", ":4", "1:7", "2:4😀", "12345678901:4", "3:b4x",
    "1:4€", "99999999999999999999:4",
  ])
  func `what is no payload is refused`(body: String) {
    #expect(throws: EngineFault.self) { try Payload3.decodeText(Array(body.utf8), limit: 10) }
  }

  @Test func `the binary form counts bytes, a digit a byte`() throws {
    let body: [UInt8] = [0, 4, 255, 0x34, 0xE2, 0x82, 0xAC, 1, 5, 255, 4, 1, 2, 3, 4]
    let packets = [text(.message, "€"), blob]
    #expect(Payload3.encodeBinary(packets) == body)
    #expect(try Payload3.decodeBinary(body, limit: 10) == packets)
    let long = [EnginePacket(kind: .message, data: .binary([UInt8](repeating: 9, count: 1234)))]
    #expect(Payload3.encodeBinary(long).prefix(6) == [1, 1, 2, 3, 5, 255])
    #expect(try Payload3.decodeBinary(Payload3.encodeBinary(long), limit: 10) == long)
  }

  @Test(arguments: [
    [], [0], [0, 1], [0, 1, 255], [2, 1, 255, 0x34], [0, 255, 0x34], [0, 10, 255, 0x34], [1, 1, 255, 9],
    [0, 1, 255, 0xFF],
    [0] + [UInt8](repeating: 0, count: 10) + [1, 255, 0x34], [1, 0, 255],
  ])
  func `what is no binary payload is refused`(body: [UInt8]) {
    #expect(throws: EngineFault.self) { try Payload3.decodeBinary(body, limit: 10) }
  }
}

struct PollAnswerTests {
  private let emoji = text(.message, "😀")
  private let plain = text(.message, "€")

  private func type(_ packets: [EnginePacket], _ revision: EngineRevision = .three, takesBinary: Bool = true) -> String
  {
    let answer = PollAnswer.response(packets, revision, takesBinary: takesBinary)
    return answer.headers.first { $0.0 == "Content-Type" }?.1 ?? ""
  }

  @Test func `what follows an emoji goes in the form whose lengths are bytes`() {
    #expect(type([emoji, plain]) == "application/octet-stream")
    #expect(type([plain, emoji, plain]) == "application/octet-stream")
    let body = PollAnswer.response([emoji, plain], .three, takesBinary: true).body
    guard case .bytes(let bytes) = body else { return #expect(Bool(false), "the answer is no plain body") }
    #expect(bytes == [0, 5, 255] + Array("4😀".utf8) + [0, 4, 255] + Array("4€".utf8))
  }

  @Test func `everything else stays text`() {
    #expect(type([plain, emoji]).hasPrefix("text/plain"))
    #expect(type([plain, plain]).hasPrefix("text/plain"))
    #expect(type([emoji, plain], takesBinary: false).hasPrefix("text/plain"))
    #expect(type([emoji, plain], .four).hasPrefix("text/plain"))
  }
}
