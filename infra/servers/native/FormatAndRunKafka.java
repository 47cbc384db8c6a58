import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kafka.Kafka;
import kafka.tools.StorageTool;

/**
 * Formats Kafka's storage where it is not formatted yet, then runs the broker,
 * in one virtual machine: a second one would cost most of a second per start.
 * Arguments: the properties file, the cluster id, further arguments of the formatting.
 */
public final class FormatAndRunKafka {
  public static void main(String[] args) throws Exception {
    List<String> format =
        new ArrayList<>(
            List.of("format", "--ignore-formatted", "--cluster-id", args[1], "--config", args[0]));
    format.addAll(Arrays.asList(args).subList(2, args.length));
    int status = StorageTool.execute(format.toArray(new String[0]), System.out);
    if (status != 0) {
      System.exit(status);
    }
    Kafka.main(new String[] {args[0]});
  }
}
