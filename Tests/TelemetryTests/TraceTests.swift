import Telemetry
import Testing

@Suite struct TraceTests {
  private static let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test func `a header survives being read and written`() {
    #expect(TraceContext(traceparent: Self.valid)?.traceparent == Self.valid)
    #expect(TraceContext(traceparent: Self.valid)?.requestID == "4bf92f3577b34da6a3ce929d0e0e4736")
  }

  @Test(arguments: [
    "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1", "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
  ])
  func `an invalid header is refused`(text: String) {
    #expect(TraceContext(traceparent: text) == nil)
  }

  @Test func `a later version is read as far as it is known`() {
    let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-what"
    #expect(TraceContext(traceparent: later)?.traceparent == Self.valid)
  }

  @Test func `a child keeps the trace and gets a span of its own`() throws {
    let root = TraceContext.root()
    let child = root.child()
    #expect(child.requestID == root.requestID)
    #expect(child.span != root.span)
    #expect(TraceContext(traceparent: child.traceparent) == child)
  }

  @Test func `a request without a valid header starts a trace`() {
    #expect(TraceContext(continuing: Self.valid).requestID == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(TraceContext(continuing: nil) != TraceContext(continuing: nil))
    #expect(TraceContext(continuing: "junk").requestID.utf8.count == 32)
  }

  @Test func `identifiers do not repeat and fractions stay below one`() {
    #expect(Set((0..<10_000).map { _ in IdentifierSource.next() }).count == 10_000)
    #expect((0..<10_000).allSatisfy { _ in (0..<1).contains(IdentifierSource.fraction()) })
  }
}
