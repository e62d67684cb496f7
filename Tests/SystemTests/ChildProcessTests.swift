import Glibc
import Kit
import Loop
import Testing

@Suite @LoopActor struct ChildProcessTests {
  @Test func `a program's lines and its end are seen`() async throws {
    let child = try ChildProcess(["/bin/sh", "-c", "echo one; echo two >&2; printf three; exit 7"], environment: [:])
    #expect(try await child.ended() == .exited(7))
    #expect(child.lines == ["one", "two", "three"])
  }

  @Test func `a signal is told from an exit`() async throws {
    let child = try ChildProcess(["/bin/sh", "-c", "echo up; exec /usr/bin/tail -f /dev/null"], environment: [:])
    try await child.line("up") { $0 == "up" }
    child.signal(SIGKILL)
    #expect(try await child.ended() == .signalled(SIGKILL))
  }

  @Test func `a program starts with no signal blocked`() async throws {
    let child = try ChildProcess(["/bin/grep", "SigBlk", "/proc/self/status"], environment: [:])
    #expect(try await child.ended() == .exited(0))
    #expect(child.lines == ["SigBlk:\t0000000000000000"])
  }

  @Test func `waiting for a line ends when the program does`() async throws {
    let child = try ChildProcess(["/bin/sh", "-c", "echo other"], environment: [:])
    await #expect(throws: Overdue.self) { try await child.line("never", within: .seconds(20)) { $0 == "never" } }
    #expect(child.end != nil || child.lines == ["other"])
  }

  @Test func `a program sees the given environment and no other`() async throws {
    let child = try ChildProcess(["/usr/bin/env"], environment: ["ONLY": "this"])
    _ = try await child.ended()
    #expect(child.lines == ["ONLY=this"])
  }
}
