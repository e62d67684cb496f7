import Glibc
import JSON
import Kit
import Loop
import Settings
import Testing

extension LiveCounterTests {
  /// livecounter.md 7.22 with clients by another hand: the old page's protocol and the current one, over each transport.
  @Suite @LoopActor struct LiveClientTests {
    nonisolated static let ways = ["polling", "websocket", "polling,websocket"]

    @Test(arguments: ways)
    func `livecounter 7.22: a client of the old protocol works and survives a restart`(
      transports: String
    ) async throws {
      try await follow(TestEnvironment.python4, transports)
    }

    @Test(arguments: ways) func `a client of the current protocol works and survives a restart`(
      transports: String
    ) async throws {
      try await follow(TestEnvironment.python, transports)
    }

    private func follow(_ python: String?, _ transports: String) async throws {
      let python = try #require(python, "no Python with the test clients")
      try await withCounter { stack in
        let url = "http://127.0.0.1:\(stack.httpPort)"
        let script = "\(TestEnvironment.root)/Tests/Clients/counter.py"
        let client = try ChildProcess([python, script, url, transports, "Py"], environment: ["PATH": "/usr/bin:/bin"])
        let first = try await sees(client, from: 0, transports)
        #expect(try await stack.list("users", "name", "click_count") == [[.string("Py"), .number(JSONNumber(1))]])
        try await stack.restart(.gateway)
        let second = try await sees(client, from: first, transports)
        #expect(try await stack.stat("click_count_total") == 2)
        try await client.line("the only one", from: first) { $0 == #"["status", {"user_count": 1}]"# }
        #expect(second > first)
        client.signal(SIGTERM)
        #expect(try await client.ended() == .exited(0))
      }
    }

    /// A whole visit: connected, told the stats, its own click seen and acknowledged over the transport it should have.
    ///
    /// The client calls its handlers on threads of their own: of one visit's lines each may come before the other.
    private func sees(_ client: ChildProcess, from start: Int, _ transports: String) async throws -> Int {
      try await client.line("connect", from: start, within: .seconds(20)) { $0 == #"["connect"]"# }
      try await client.line("stats", from: start) { $0.hasPrefix(#"["stats", {"click_count_total": "#) }
      try await client.line("toast", from: start) { $0.contains("Py ist beigetreten.") }
      try await client.line("click", from: start) { $0.contains(#"{"user": "Py", "comment": "😀 é", "style": null"#) }
      try await client.line("ack", from: start) { $0 == #"["ack"]"# }
      let transport = transports.hasSuffix("websocket") ? "websocket" : "polling"
      try await client.line(transport, from: start) { $0 == #"["transport", "\#(transport)"]"# }
      return client.lines.count
    }
  }
}
