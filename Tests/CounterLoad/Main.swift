import Glibc
import Loop

/// usage: carillon-counter-load PORT SOCKETS CLICKS_PER_SECOND SECONDS
///
/// Sockets of the live counter that all listen while some of them click; a rate of 0 is as fast as clicks are
/// acknowledged. Prints one line of JSON; leaves with 1 when a click was not shown to everybody, or not counted.
@main enum Main {
  static func main() {
    let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    guard numbers.count == 4, numbers[1] > 0 else {
      print("usage: carillon-counter-load PORT SOCKETS CLICKS_PER_SECOND SECONDS")
      exit(2)
    }
    EventLoop.shared.run {
      do { exit(try await measure(numbers[0], sockets: numbers[1], rate: numbers[2], seconds: numbers[3])) } catch {
        print(#"{"error":"\#(error)"}"#)
        exit(1)
      }
    }
  }

  @LoopActor
  private static func measure(_ port: Int, sockets: Int, rate: Int, seconds: Int) async throws -> Int32 {
    var listeners: [Listener] = []
    let start = ContinuousClock.now
    for _ in 0..<sockets { listeners.append(try await Listener.connect(port: port)) }
    let connecting = (ContinuousClock.now - start) / .seconds(1)
    let load = Load(listeners, rate: rate)
    try await load.run(for: .seconds(seconds))
    print(
      #"{"sockets":\#(sockets),"connects_per_second":\#(Int(Double(sockets) / connecting)),"sent":\#(load.sent),"#
        + #""counted":\#(load.counted),"refused":\#(load.refused),"deliveries":\#(load.shown),"#
        + #""missing":\#(load.missing),"lost":\#(load.lost),"counted_per_second":\#(load.counted / seconds),"#
        + #""deliveries_per_second":\#(load.shown / seconds),"ack_p50_ms":\#(load.answers.quantile(0.5)),"#
        + #""ack_p99_ms":\#(load.answers.quantile(0.99)),"p50_ms":\#(load.deliveries.quantile(0.5)),"#
        + #""p99_ms":\#(load.deliveries.quantile(0.99))}"#
    )
    let isWhole = load.counted == load.sent && load.missing == 0 && load.lost == 0
    return isWhole ? 0 : 1
  }
}
