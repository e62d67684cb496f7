import Testing
import Wire

/// The calls that every daemon answers, against the lines kept under `Fixtures/frames`.
@Suite struct DaemonFramesTests: GoldenFrames {
  static let context = CallContext()

  @Test func `readiness is told by success`() throws {
    try check(CheckReady(), Empty())
  }
}
