import Glibc
import Loop

/// usage: carillon-counter-load PORT SOCKETS CLICKS_PER_SECOND SECONDS [return]
///
/// Sockets of the live counter that all listen while some of them click; a rate of 0 is as fast as clicks are
/// acknowledged. Prints one line of JSON; leaves with 1 when a click was not shown to everybody, or not counted.
///
/// With `return`, sockets that are closed come back by themselves, and the clicks they had no answer to are told as
/// `unknown`; it leaves with 1 when one did not come back.
@LoopActor
@main enum Main {
  nonisolated static func main() {
    let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    let returns = CommandLine.arguments.last == "return"
    guard numbers.count == 4, numbers[1] > 0 else {
      print("usage: carillon-counter-load PORT SOCKETS CLICKS_PER_SECOND SECONDS [return]")
      exit(2)
    }
    EventLoop.shared.run {
      do {
        let load = try await Main.load(numbers[0], sockets: numbers[1], rate: numbers[2], returns: returns)
        try await load.run(for: .seconds(numbers[3]))
        report(load, sockets: numbers[1], seconds: numbers[3])
        let isWhole = load.counted == load.sent && load.missing == 0 && load.lost == 0
        exit(returns ? (load.lost == 0 ? 0 : 1) : isWhole ? 0 : 1)
      } catch {
        print(#"{"error":"\#(error)"}"#)
        exit(1)
      }
    }
  }

  private static var connectsPerSecond = 0

  private static func load(_ port: Int, sockets: Int, rate: Int, returns: Bool) async throws -> Load {
    var listeners: [Listener] = []
    let start = ContinuousClock.now
    for _ in 0..<sockets { listeners.append(try await Listener.connect(port: port)) }
    connectsPerSecond = Int(Double(sockets) / ((ContinuousClock.now - start) / .seconds(1)))
    guard returns else { return Load(listeners, rate: rate) }
    return Load(listeners, rate: rate) { try await Listener.connect(port: port) }
  }

  private static func report(_ load: Load, sockets: Int, seconds: Int) {
    let counts = [
      ("sockets", sockets), ("connects_per_second", connectsPerSecond), ("sent", load.sent), ("counted", load.counted),
      ("refused", load.refused), ("unknown", load.unknown), ("returned", load.returned), ("deliveries", load.shown),
      ("missing", load.missing), ("lost", load.lost), ("counted_per_second", load.counted / seconds),
      ("deliveries_per_second", load.shown / seconds),
    ]
    let delays = [
      ("ack_p50_ms", load.answers.quantile(0.5)), ("ack_p99_ms", load.answers.quantile(0.99)),
      ("p50_ms", load.deliveries.quantile(0.5)), ("p99_ms", load.deliveries.quantile(0.99)),
    ]
    let members = counts.map { "\"\($0.0)\":\($0.1)" } + delays.map { "\"\($0.0)\":\($0.1)" }
    print("{" + members.joined(separator: ",") + "}")
  }
}
