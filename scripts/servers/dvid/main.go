// Serves the DVID of its published Go module, which cannot be installed as a command. Listens only
// where its configuration says, until SIGTERM or SIGINT. Usage: dvid-loopback CONFIG.toml
package main

import (
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/janelia-flyem/dvid/datastore"
	_ "github.com/janelia-flyem/dvid/datatype/keyvalue"
	_ "github.com/janelia-flyem/dvid/datatype/labelmap"
	"github.com/janelia-flyem/dvid/dvid"
	"github.com/janelia-flyem/dvid/server"
	"github.com/janelia-flyem/dvid/storage"
	_ "github.com/janelia-flyem/dvid/storage/badger"
	_ "github.com/janelia-flyem/dvid/storage/filelog"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: dvid-loopback CONFIG.toml")
	}
	check(server.LoadConfig(os.Args[1]))
	check(server.Initialize())
	backend, err := server.InitBackend()
	check(err)
	created, err := storage.Initialize(dvid.Config{}, backend, compiledTypes())
	check(err)
	check(datastore.Initialize(created, server.DatastoreConfig()))
	go stopOnSignal()
	server.Serve()
}

func compiledTypes() map[dvid.TypeString]struct{} {
	types := map[dvid.TypeString]struct{}{}
	for _, compiled := range datastore.Compiled {
		types[compiled.GetTypeName()] = struct{}{}
	}
	return types
}

func stopOnSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	<-signals
	server.Shutdown()
	os.Exit(0)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
