import Bus
import Daemon
import Glibc
import JSON
import Loop
import Postgres
import Settings
import Telemetry
import Wire

/// A daemon with nothing inside but what a test asks for, to see the frame of all daemons from outside.
@main struct Main {
  static func main() { DaemonMain.run(Specimen.self) }
}

@LoopActor
final class Specimen: DaemonService {
  struct Configuration: Sendable {
    var work: Work
    enum Work: String, CaseIterable { case none, endures, fails }
  }

  nonisolated static let name = ServiceName.live

  nonisolated static var migrations: [Migration] {
    getenv("SPECIMEN_SCHEMA") == nil ? [] : [Migration(name: "m0001_first", sql: "CREATE TABLE live.first (n int)")]
  }

  nonisolated static func configure(_ reader: inout EnvironmentReader) -> Configuration {
    Configuration(work: reader.choice("SPECIMEN_WORK", default: .none, "what runs beside the bus"))
  }

  private let configuration: Configuration
  private let context: DaemonContext

  init(_ configuration: Configuration, _ context: DaemonContext) {
    self.configuration = configuration
    self.context = context
    context.bus.on(Hold.self) { hold, _ in
      context.log.info("specimen.holding")
      context.log.flush()
      try? await pause(for: .milliseconds(hold.milliseconds))
      return Empty()
    }
  }

  func start() async throws {
    switch configuration.work {
    case .none: break
    case .endures:
      context.work("endurance") { [context] in
        do { try await pause(for: .seconds(3600)) } catch { context.log.info("specimen.cancelled") }
      }
    case .fails: context.work("failure") { throw Broken() }
    }
  }

  func drain() async { context.log.info("specimen.drained") }

  struct Broken: Error {}
}

struct Hold: Call, Codable {
  typealias Reply = Empty
  static let name = "live.hold"
  var milliseconds: Int
}
