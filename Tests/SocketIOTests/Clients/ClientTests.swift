import Kit
import Loop
import Testing

private let ways = ["polling", "websocket", "polling,websocket"]
private let why: Comment = "no interpreter with the test clients is named: run this by 'make unit'"

/// Clients by other hands, over each transport and through the upgrade.
@LoopActor
@Suite(.serialized)
struct ClientTests {
  private func talk(_ interpreter: String?, _ transports: String) async throws {
    let interpreter = try #require(interpreter)
    let script = TestEnvironment.root + "/Tests/SocketIOTests/Clients/talk.py"
    try await Command([interpreter, script, String(EchoProcess.port()), transports]).run()
  }

  @Test(.enabled(if: TestEnvironment.mayNotSkip || TestEnvironment.python != nil, why), arguments: ways)
  func `python-socketio 5 talks, acknowledges and stays`(transports: String) async throws {
    try await talk(TestEnvironment.python, transports)
  }

  @Test(.enabled(if: TestEnvironment.mayNotSkip || TestEnvironment.python4 != nil, why), arguments: ways)
  func `python-socketio 4 talks, acknowledges and stays`(transports: String) async throws {
    try await talk(TestEnvironment.python4, transports)
  }
}
