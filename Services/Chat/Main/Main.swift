import ChatCore
import Daemon

@main struct Main {
  static func main() { DaemonMain.run(ChatService.self) }
}
