import kafka.Kafka;
import kafka.tools.StorageTool;

/**
 * Formats Kafka's storage where it is not formatted yet, then runs the broker,
 * in one virtual machine: a second one would cost most of a second per start.
 * Arguments: the properties file, the cluster id.
 */
public final class FormatAndRunKafka {
  public static void main(String[] args) throws Exception {
    String[] format = {"format", "--ignore-formatted", "--cluster-id", args[1], "--config", args[0]};
    int status = StorageTool.execute(format, System.out);
    if (status != 0) {
      System.exit(status);
    }
    Kafka.main(new String[] {args[0]});
  }
}
