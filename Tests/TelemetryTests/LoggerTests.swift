import JSON
import Synchronization
import Telemetry
import Testing
import Time

@Suite struct LoggerTests {
  private final class Output: Sendable {
    private let content = Mutex("")
    var text: String { content.withLock { $0 } }
    func add(_ bytes: [UInt8]) { content.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }
  }

  private let output = Output()
  private let clock = ManualClock(at: Timestamp(microseconds: 1_772_357_400_250_999))

  private func logger(_ level: LogLevel = .info) -> Logger {
    Logger(service: "auth", level: level, clock: clock.wall, sink: LogSink { [output] in output.add($0) })
  }

  @Test func `a line is one JSON object with its fields in order`() {
    logger().info("bus.listening", ["port": .int(7101), "after": .span(.milliseconds(1500)), "key": .flag(false)])
    #expect(
      output.text == #"{"ts":"2026-03-01T09:30:00.250999Z","level":"info","service":"auth","event":"bus.listening","#
        + #""port":7101,"after":1.5,"key":false}"# + "\n"
    )
  }

  @Test func `fields below the level are not computed`() {
    func touched() -> Int {
      Issue.record("computed")
      return 1
    }
    logger(.warning).info("quiet", ["n": .int(touched())])
    #expect(output.text.isEmpty)
  }

  @Test func `a copy repeats what was bound to it`() {
    let bound = logger().with("trace", .id("abc"))
    bound.error("failed")
    logger().error("alone")
    let lines = output.text.split(separator: "\n")
    #expect(lines[0].hasSuffix(#""event":"failed","trace":"abc"}"#))
    #expect(lines[1].hasSuffix(#""event":"alone"}"#))
  }

  @Test(arguments: ["Ada Lovelace", "ada@example.org", "+33612345678", "é", String(repeating: "a", count: 129), "a\nb"])
  func `text that is no identifier is withheld`(text: String) {
    logger().info("seen", ["who": .id(text)])
    #expect(output.text.hasSuffix(#""who":"***"}"# + "\n"))
  }

  @Test func `a reason stays one line of valid JSON and bounded`() throws {
    logger().info("failed", ["why": .reason("a\"b\\c\u{1}\n" + String(repeating: "é", count: 500))])
    #expect(output.text.split(separator: "\n").count == 1)
    let value = try JSONValue(parsing: Array(output.text.utf8.dropLast()))
    #expect(value.object?["why"]?.string?.count == 300)
  }

  @Test func `lines gather until the planned flush, but an error leaves at once`() {
    let plans = Atomic<Int>(0)
    let sink = LogSink(write: { [output] in output.add($0) }, plan: { _ in plans.add(1, ordering: .relaxed) })
    let logger = Logger(service: "auth", clock: clock.wall, sink: sink)
    logger.info("one")
    logger.info("two")
    #expect(output.text.isEmpty)
    #expect(plans.load(ordering: .relaxed) == 1)
    logger.error("three")
    #expect(output.text.split(separator: "\n").count == 3)
    logger.info("four")
    #expect(plans.load(ordering: .relaxed) == 2)
    sink.flush()
    #expect(output.text.split(separator: "\n").count == 4)
  }
}
