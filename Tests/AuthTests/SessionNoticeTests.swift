import Postgres
import Security
import Testing
import Wire

@testable import AuthCore

@Suite struct SessionNoticeTests {
  @Test func `many sessions travel in payloads that a notification can hold`() throws {
    var ended = EndedSessions()
    for _ in 0..<120 {
      ended.ids.append(.random())
      ended.hashes.append(Random.bytes(32))
    }
    let payloads = SessionNotice.payloads(ended)
    #expect(payloads.count == 3)
    #expect(payloads.map(\.utf8.count).max()! < 8000)
    let events = payloads.compactMap(SessionNotice.event)
    #expect(events.flatMap(\.sessions).map(\.text) == ended.ids.map(\.description))
    #expect(events.flatMap(\.hashes) == ended.hashes.map(Hex.encode))
  }

  @Test(arguments: ["", "{", "[]", "hello", #"{"sessions":7}"#])
  func `a payload of somebody else's is passed over`(payload: String) {
    #expect(SessionNotice.event(payload) == nil)
  }

  @Test func `a foreign token's session tells its hash, ours does not`() {
    let hash = Random.bytes(32)
    let session = ForeignSession.name(hash: hash)
    #expect(ForeignSession.hash(session) == hash)
    #expect(ForeignSession.hash(SessionID(UUIDValue.random().description)) == nil)
    #expect(ForeignSession.hash(SessionID("jwt-abcd")) == nil)
  }
}
