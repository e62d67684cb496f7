import Daemon
import LiveCore

@main struct Main {
  static func main() { DaemonMain.run(LiveService.self) }
}
