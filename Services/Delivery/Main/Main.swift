import Daemon
import DeliveryCore

@main struct Main {
  static func main() { DaemonMain.run(DeliveryService.self) }
}
