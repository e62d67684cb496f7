import AuthCore
import Daemon

@main struct Main {
  static func main() { DaemonMain.run(AuthService.self) }
}
