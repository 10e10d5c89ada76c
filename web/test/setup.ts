// The classes of fake-indexeddb as globals, so that tests can make storage fail.
import "fake-indexeddb/auto";
