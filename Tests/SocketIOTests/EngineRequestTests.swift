import HTTP
import Testing

@testable import SocketIO

private let upgradeHeaders = [
  ("Connection", "keep-alive, Upgrade"), ("Upgrade", "WebSocket"), ("Sec-WebSocket-Version", "13"),
  ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
]

struct EngineRequestTests {
  private func request(
    _ method: HTTPMethod,
    _ query: String,
    _ headers: [(String, String)] = [],
    origins: OriginRule = .same,
    three: Bool = true,
    scripts: Bool = false
  ) throws(EngineRefusal) -> EngineRequest {
    let head = HTTPRequestHead(
      method: method,
      target: "/socket.io/?\(query)",
      headers: HTTPHeaders([("Host", "a.example")] + headers)
    )
    return try EngineRequest(
      head,
      EngineQuery(head.query),
      origins: origins,
      allowsRevision3: three,
      allowsScripts: scripts
    ) { id in
      switch id {
      case "P": .open(.polling)
      case "W": .open(.websocket)
      case "L": .lingering
      default: .unknown
      }
    }
  }

  @Test(arguments: [
    // Of several faults the first in the contract's order counts.
    (HTTPMethod.put, "transport=abc&sid=x&j=a", EngineRefusal.unknownTransport),
    (.get, "EIO=4&transport=toString", .unknownTransport),
    (.post, "transport=polling&sid=x&j=a", .badRequest),
    (.put, "transport=polling&sid=x", .unknownSession),
    (.get, "transport=polling&sid=W", .badRequest),
    (.post, "transport=polling", .badMethod),
    (.head, "EIO=4&transport=polling", .badMethod),
    (.get, "EIO=4&transport=websocket", .badRequest),
    (.get, "EIO=4&transport=websocket&sid=P", .badRequest),
    (.put, "EIO=4&transport=polling&sid=P", .badRequest),
    (.delete, "EIO=4&transport=polling&sid=P", .badRequest),
    (.post, "EIO=4&transport=polling&sid=L", .unknownSession),
    (.get, "transport=polling", .unsupportedRevision),
    (.get, "EIO=5&transport=polling", .unsupportedRevision),
    (.get, "EIO=03&transport=polling", .unsupportedRevision),
  ])
  func `a request is refused in the order of the contract`(method: HTTPMethod, query: String, refusal: EngineRefusal) {
    #expect(throws: refusal) { try request(method, query) }
  }

  @Test func `scripts poll where they may, by the number of a function`() throws {
    #expect(throws: EngineRefusal.badRequest) { try request(.get, "EIO=3&transport=polling&j=0") }
    guard case .handshake(.polling, .three) = try request(.get, "EIO=3&transport=polling&j=0", scripts: true) else {
      Issue.record("a script may not begin")
      return
    }
    for index in ["", "a", "-1", "1.5", "0]", "%D9%A1", "12345678901"] {
      #expect(throws: EngineRefusal.badRequest, "\(index)") {
        try request(.get, "EIO=3&transport=polling&j=\(index)", scripts: true)
      }
    }
  }

  @Test func `an upgrade must be one, and polling none`() throws {
    #expect(throws: EngineRefusal.badRequest) { try request(.get, "EIO=4&transport=polling", upgradeHeaders) }
    for missing in upgradeHeaders.indices {
      var headers = upgradeHeaders
      headers.remove(at: missing)
      #expect(throws: EngineRefusal.badRequest) { try request(.get, "EIO=4&transport=websocket", headers) }
    }
    guard case .handshake(.websocket, .four) = try request(.get, "EIO=4&transport=websocket", upgradeHeaders),
      case .upgrade("P") = try request(.get, "EIO=4&transport=websocket&sid=P", upgradeHeaders),
      case .upgrade("W") = try request(.get, "EIO=4&transport=websocket&sid=W", upgradeHeaders)
    else {
      Issue.record("an upgrade was not seen as one")
      return
    }
  }

  @Test func `revision 3 is served where it is allowed`() throws {
    guard case .handshake(.polling, .three) = try request(.get, "EIO=3&transport=polling&t=abc&b64=1") else {
      Issue.record("no handshake")
      return
    }
    #expect(throws: EngineRefusal.unsupportedRevision) { try request(.get, "EIO=3&transport=polling", three: false) }
  }

  @Test(arguments: [
    ("http://a.example", OriginRule.same, true), ("https://A.example", .same, true), ("http://b.example", .same, false),
    ("http://b.example", .allow(["http://b.example"]), true), ("http://c.example", .allow(["http://b.example"]), false),
    ("http://a.example.evil", .same, false), ("null", .same, false), ("null", .any, true),
  ])
  func `a page may use its own host and what is allowed`(origin: String, rule: OriginRule, allowed: Bool) {
    let verdict = Result { () throws(EngineRefusal) in
      try request(.get, "EIO=4&transport=polling", [("Origin", origin)], origins: rule)
    }
    switch verdict {
    case .success: #expect(allowed)
    case .failure(let refusal): #expect(!allowed && refusal == .forbidden)
    }
  }

  @Test func `an origin of strange characters is a bad request`() {
    #expect(throws: EngineRefusal.badRequest) {
      try request(.get, "EIO=4&transport=polling", [("Origin", "http://a.example\u{7F}é")])
    }
  }
}

struct AgendaTests {
  @Test func `items come out by their time, however they went in`() {
    var agenda = Agenda<Int>()
    let times = (0..<200).map { ($0 * 7919) % 503 }
    for time in times { agenda.add(time, at: Int64(time)) }
    #expect(agenda.take(due: -1) == nil)
    var taken: [Int] = []
    while let item = agenda.take(due: 1000) { taken.append(item) }
    #expect(taken == times.sorted())
    #expect(agenda.earliest == nil)
  }

  @Test func `addresses are counted by the minute`() {
    var limit = HandshakeLimit(perMinute: 2)
    #expect([limit.take("a", at: 0), limit.take("a", at: 1), limit.take("a", at: 59_999)] == [true, true, false])
    #expect(limit.take("b", at: 2) == true)
    #expect(limit.take("a", at: 60_000) == true)
  }
}
