import Daemon
import GatewayCore

@main
enum Main {
  static func main() { DaemonMain.run(GatewayService.self) }
}
