import Kit
import Loop
import Settings
import Testing

/// The served description against the daemons: schemathesis makes requests from it, good and bad, and holds every answer
/// against what the description promises.
@Suite(.needsDaemons, .serialized) struct OpenAPITests {
  /// What an answer must hold to. Whether a request is refused is left to the scenarios of the contracts, which know more
  /// of a field than its schema does.
  private let checks = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "unsupported_method",
  ]

  @Test func `every answer is one the document describes`() async throws {
    let python = try #require(TestEnvironment.python, "no Python with the clients of Tests/requirements.txt")
    let settings = ["CARILLON_RATE_LIMITS": "off"]
    try await Stack.with([.auth, .calendar, .stats, .chat, .delivery, .live, .gateway], settings: settings) { stack in
      let member = try await stack.client().chatMember("schema")
      let command = Command([
        python, "-m", "schemathesis.cli", "run", "http://127.0.0.1:\(stack.httpPort)/openapi.json",
        "--header", "Authorization: Bearer \(member.token)", "--checks", checks.joined(separator: ","),
        "--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--no-color", "--seed", "20",
        // These end the session that all others need.
        "--exclude-path-regex", "logout|/api/live",
      ])
      let said = try await command.run(within: .seconds(240))
      #expect(said.contains { $0.contains("Tested: ") }, "\(said.suffix(20).joined(separator: "\n"))")
    }
  }
}
