import JSON
import Testing
import Wire

@Suite struct FrameTests {
  static let samples: [Frame] = [
    .hello(service: "stats", challenge: nil),
    .hello(service: "auth", challenge: "00ff"),
    .proof("abcd"),
    .call(id: 1, name: "stats.store", context: CallContext(), body: .emptyObject),
    .call(
      id: 2,
      name: "chat.post",
      context: CallContext(
        user: UserID("7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a11"),
        session: SessionID("s"),
        timeout: 250,
        trace: "00-ab-cd-01",
        key: "k"
      ),
      body: RawJSON(trusted: Array(#"{"msg":"a\"b"}"#.utf8))
    ),
    .reply(id: 3, body: RawJSON(trusted: Array("[1,2]".utf8))),
    .failure(id: 4, Failure(.conflict, field: "login", reason: "login_taken", retryAfter: 7)),
    .failure(id: 5, .unavailable),
    .subscribe(subject: "auth.session_ended"),
    .event(subject: "auth.session_ended", body: .null),
    .ping,
    .pong,
    .leaving,
    .left,
  ]

  @Test(arguments: samples)
  func `a frame reads back from its line`(frame: Frame) throws {
    var line = frame.encoded()
    #expect(line.popLast() == 0x0A)
    #expect(!line.contains(0x0A))
    #expect(try Frame(line: line) == frame)
  }

  @Test func `members in another order and unknown members make the same frame`() throws {
    let line = #"{"zeta":[1],"body":{},"id":1,"timeout":5000,"call":"stats.store"}"#
    #expect(try Frame(line: Array(line.utf8)) == Self.samples[3])
  }

  @Test(arguments: [
    "", "{}", "[]", "7", #"{"call":"x"}"#, #"{"call":7,"id":1}"#, #"{"reply":1.5}"#, #"{"id":1}"#, "{\"call\":",
  ])
  func `a line that is no frame is a fault`(line: String) {
    #expect(throws: JSONFault.self) { try Frame(line: Array(line.utf8)) }
  }

  @Test func `a word from a newer peer reads as internal`() throws {
    let line = #"{"reply":9,"error":{"word":"melted","colour":"red"}}"#
    #expect(try Frame(line: Array(line.utf8)) == .failure(id: 9, .internal))
  }

  @Test func `lines come out the same whole, glued and byte by byte`() throws {
    let stream = Self.samples.flatMap { $0.encoded() }
    var whole = LineReader()
    let expected = try whole.take(stream)
    #expect(expected.count == Self.samples.count)
    var slow = LineReader()
    #expect(try stream.flatMap { try slow.take([$0]) } == expected)
  }

  @Test func `a line without end is refused at the limit`() throws {
    var reader = LineReader(limit: 100)
    _ = try reader.take([UInt8](repeating: 0x20, count: 100))
    #expect(throws: LineReader.TooLong.self) { try reader.take([0x20]) }
  }

  @Test(arguments: [
    ("7F0F6F5E-3F6B-4D6E-9B9A-0F4C8A6F2A11", "7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a11"),
    ("7f0f6f5e3f6b4d6e9b9a0f4c8a6f2a11", nil),
    ("7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a1", nil), ("7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a111", nil), ("", nil),
    ("7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a1g", nil),
  ])
  func `a UUID has one canonical form`(text: String, expected: String?) {
    #expect(canonicalUUID(text) == expected)
  }
}
