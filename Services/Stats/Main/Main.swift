import Daemon
import StatsCore

@main struct Main {
  static func main() { DaemonMain.run(StatsService.self) }
}
