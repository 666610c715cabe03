import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;

/** mongo-java-server on a file, in place of MongoDB: {@code java StandIn FILE PORT}. */
public class StandIn {
    public static void main(String[] arguments) {
        H2Backend backend = new H2Backend(arguments[0]) {
            @Override
            public synchronized Document handleMessage(MongoMessage message) {
                // Stored documents are changed in place: without a copy an answer that is still being written would show half of
                // the next change.
                Document answer = super.handleMessage(message).cloneDeeply();
                // H2 writes once a second by itself; what was answered before that would be lost with the process.
                commit();
                return answer;
            }
        };
        // Drivers refuse the 8 that it counts itself to.
        MongoVersion version = new MongoVersion() {
            @Override
            public List<Integer> getVersionArray() {
                return List.of(5, 0, 0);
            }

            @Override
            public int getWireVersion() {
                return 13;
            }
        };
        new MongoServer(backend.version(version)).bind("127.0.0.1", Integer.parseInt(arguments[1]));
    }
}
