import JSON
import Kit
import Loop
import Settings
import Testing

/// What the gateway owes every client, whichever product it speaks for.
@Suite(
  .needsDaemons,
  .stack([.auth, .chat, .gateway], settings: ["CARILLON_CORS_ORIGINS": "http://app.example,https://b.example"])
)
@LoopActor
struct GatewayEdgeTests {
  private let stack: Stack
  private let page = [("Origin", "http://app.example")]
  private let stranger = [("Origin", "http://evil.example")]

  init() throws { stack = try StackTrait.stack }

  /// Requests that are answered by a service, by the router, on sight of the head, and by the server under it.
  private func answers(_ headers: [(String, String)]) async throws -> [(status: Int, reply: HTTPReply)] {
    let client = TestClient(port: stack.httpPort, headers: headers)
    let long = Array(repeating: UInt8(ascii: "x"), count: 70_000)
    return [
      (200, try await client.get("/")), (400, try await client.post("/register", json: "{}")),
      (401, try await client.post("/create-room", json: "{}")), (404, try await client.get("/nowhere")),
      (405, try await client.get("/register")), (413, try await client.send("POST", "/register", body: long)),
      (414, try await client.get("/" + String(repeating: "x", count: 5000))),
    ]
  }

  @Test func `every answer has a name to ask the log for`() async throws {
    var names: Set<String> = []
    for (status, reply) in try await answers([]) {
      #expect(reply.status == status)
      names.insert(try #require(reply.header("X-Request-Id"), "\(status)"))
    }
    #expect(names.count == 7)
    let counts = try await stack.daemon(.gateway).admin.get("/metrics").text.split(separator: "\n")
    for status in [401, 404, 405, 413, 414] {
      let isCount = { (line: Substring) in line.hasPrefix("carillon_http_requests_total{") }
      #expect(counts.contains { isCount($0) && $0.contains(#"status="\#(status)""#) }, "\(status)")
    }
  }

  @Test func `a page of a configured origin may read every answer, refusals too`() async throws {
    for (status, reply) in try await answers(page) {
      #expect(reply.status == status)
      #expect(reply.header("Access-Control-Allow-Origin") == "http://app.example", "\(status)")
      #expect(reply.header("Access-Control-Allow-Credentials") == nil, "\(status)")
      #expect(reply.header("Vary") == "Origin", "\(status)")
    }
    for (status, reply) in try await answers(stranger) {
      #expect(reply.header("Access-Control-Allow-Origin") == nil, "\(status)")
    }
  }

  @Test func `a page of a configured origin may ask first, others may not`() async throws {
    let asks = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization")]
    let allowed = try await stack.client(page + asks).send("OPTIONS", "/send-message")
    #expect(allowed.status == 204 && allowed.text.isEmpty)
    #expect(allowed.header("Access-Control-Allow-Origin") == "http://app.example")
    #expect(allowed.header("Access-Control-Allow-Methods")?.contains("POST") == true)
    let headers = try #require(allowed.header("Access-Control-Allow-Headers"))
    #expect(headers.contains("Authorization") && headers.contains("Content-Type"))
    // stats.md 3: what names the user in front of a trusted proxy is never taken from a browser.
    #expect(!headers.lowercased().contains("x-user-id"))
    let refused = try await stack.client(stranger + asks).send("OPTIONS", "/send-message")
    #expect(refused.status == 405 && refused.header("Access-Control-Allow-Origin") == nil)
  }

  @Test func `JSON is read as JSON though the client calls it a form`() async throws {
    let client = stack.client([("Content-Type", "application/x-www-form-urlencoded")])
    let fields = #"{"login":"curl","password":"correct horse","username":"Curl"}"#
    let body = Array(fields.utf8)
    #expect(try await client.send("POST", "/register", body: body).status == 200)
    let reply = try await client.send("POST", "/login", body: body)
    #expect(reply.status == 200)
    #expect(try reply.value("data", "username")?.string == "Curl")
  }

  @Test func `a request without a host is refused once, in words a client can read`() async throws {
    let connection = try await RawConnection(port: stack.httpPort)
    connection.send("GET /healthz HTTP/1.1\r\n\r\n")
    let reply = try await connection.reply()
    #expect(reply.status == 400)
    #expect(try reply.value("error", "message")?.string == "malformed request")
    try await connection.closedByPeer()
  }

  @Test func `attempts to register that make no account are not counted as accounts`() async throws {
    let client = stack.client()
    for _ in 0..<150 {
      #expect(try await client.post("/register", json: #"{"login":"x"}"#).status == 400)
    }
    #expect(try await client.register("patient", username: "P").status == 200)
  }
}
